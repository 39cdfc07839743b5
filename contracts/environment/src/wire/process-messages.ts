import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type {
  ExecRequest,
  InputRequest,
  OutputRequest,
  Process,
  ProcessOutput,
  ProcessRef,
  SignalRequest,
  TerminalRequest,
} from "../facets/exec.ts";
import type { InstanceRequest } from "./environment-messages.ts";
import { amount, bytes, oneOf, part, text } from "./schema-parts.ts";
import { exitSchema } from "./value-schemas.ts";

const instance = text(256);
const process = text(128);
const size = Type.Object({ columns: amount(), rows: amount() });

const execRequest = Type.Object({
  argv: Type.Array(Type.String(), { minItems: 1, maxItems: 65_536 }),
  env: Type.Optional(Type.Record(Type.String(), Type.String())),
  cwd: Type.Optional(text()),
  user: Type.Optional(text(256)),
  tty: Type.Optional(size),
  hasInput: Type.Optional(Type.Boolean()),
  timeoutMs: Type.Optional(Type.Number({ minimum: 0 })),
  tag: Type.Optional(text(256)),
});

export interface ExecStartRequest extends InstanceRequest {
  readonly request: ExecRequest;
}

export const execStartRequestSchema: Schema<ExecStartRequest> = defineSchema(
  Type.Object({ instance, request: execRequest }),
);

export const processSchema: Schema<Process> = defineSchema(
  Type.Object({
    id: process,
    pid: amount(),
    request: execRequest,
    startedAt: Type.Number(),
    exit: Type.Optional(part(exitSchema)),
  }),
);

/** Most processes that one answer tells of. */
export const processesMax = 4096;

export interface ExecListResponse {
  readonly processes: readonly Process[];
}

export const execListResponseSchema: Schema<ExecListResponse> = defineSchema(
  Type.Object({ processes: Type.Array(part(processSchema), { maxItems: processesMax }) }),
);

export type ProcessRequest = InstanceRequest & ProcessRef;

export const processRequestSchema: Schema<ProcessRequest> = defineSchema(
  Type.Object({ instance, process }),
);

export type ExecOutputRequest = InstanceRequest & OutputRequest;

export const execOutputRequestSchema: Schema<ExecOutputRequest> = defineSchema(
  Type.Object({ instance, process, from: Type.Optional(amount()) }),
);

export const processOutputSchema: Schema<ProcessOutput> = defineSchema(
  Type.Object({ stream: oneOf("stdout", "stderr", "tty"), data: bytes(), at: amount() }),
);

export type ExecWriteRequest = InstanceRequest & InputRequest;

export const execWriteRequestSchema: Schema<ExecWriteRequest> = defineSchema(
  Type.Object({ instance, process, data: bytes() }),
);

export type ExecSignalRequest = InstanceRequest & SignalRequest;

export const execSignalRequestSchema: Schema<ExecSignalRequest> = defineSchema(
  Type.Object({ instance, process, name: text(32) }),
);

export type ExecResizeRequest = InstanceRequest & TerminalRequest;

export const execResizeRequestSchema: Schema<ExecResizeRequest> = defineSchema(
  Type.Object({ instance, process, size }),
);
