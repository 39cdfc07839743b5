import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { textsType } from "./machine-views.ts";
import { type BytesView, bytesType } from "./run-views.ts";

export interface TerminalView {
  readonly columns: number;
  readonly rows: number;
}

/** What to start in a machine. */
export interface ExecBody {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly user?: string | undefined;
  /** With a terminal there is one output, `tty`. */
  readonly tty?: TerminalView | undefined;
  /** Whether input will come. */
  readonly hasInput?: boolean | undefined;
  /** All of its input, at once. */
  readonly stdin?: BytesView | undefined;
  readonly timeoutMs?: number | undefined;
  readonly tag?: string | undefined;
}

export interface ExitView {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isOutOfMemory: boolean;
  readonly isTimedOut?: boolean | undefined;
  readonly at: number;
}

export interface ProcessView {
  readonly id: string;
  readonly pid: number;
  readonly argv: readonly string[];
  readonly tag?: string | undefined;
  readonly startedAt: number;
  /** Left out while it runs. */
  readonly exit?: ExitView | undefined;
}

export interface ProcessListView {
  readonly processes: readonly ProcessView[];
}

/** First the process, then its output, then its exit. */
export interface ProcessEventView {
  readonly process?: ProcessView | undefined;
  readonly stream?: "stdout" | "stderr" | "tty" | undefined;
  readonly data?: BytesView | undefined;
  /** How many bytes it had written before these. */
  readonly at?: number | undefined;
  readonly exit?: ExitView | undefined;
}

export interface OutputQuery {
  /** From which byte of its output on; 0: all that is kept. Default: from now on. */
  readonly from?: number | undefined;
}

export interface ProcessQuery {
  readonly waitMs?: number | undefined;
}

export interface SignalBody {
  /** For example `SIGTERM`. */
  readonly name: string;
}

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;
const size = () => Type.Integer({ minimum: 1, maximum: 65_535 });

const terminalType = Type.Object({ columns: size(), rows: size() }, closed);

export const execSchema: Schema<ExecBody> = defineSchema(
  Type.Object(
    {
      argv: Type.Array(Type.String(), { minItems: 1, maxItems: 4096 }),
      env: optional(textsType),
      cwd: optional(Type.String({ minLength: 1, maxLength: 4096 })),
      user: optional(Type.String({ minLength: 1, maxLength: 256 })),
      tty: optional(terminalType),
      hasInput: optional(Type.Boolean()),
      stdin: optional(bytesType),
      timeoutMs: optional(Type.Integer({ minimum: 1, maximum: 365 * 24 * 60 * 60 * 1_000 })),
      tag: optional(Type.String({ maxLength: 256 })),
    },
    closed,
  ),
);

const exitType = Type.Object({
  code: Type.Union([Type.Integer(), Type.Null()]),
  signal: Type.Union([Type.String(), Type.Null()]),
  isOutOfMemory: Type.Boolean(),
  isTimedOut: optional(Type.Boolean()),
  at: Type.Number(),
});

const processType = Type.Object({
  id: Type.String(),
  pid: Type.Integer(),
  argv: Type.Array(Type.String()),
  tag: optional(Type.String()),
  startedAt: Type.Number(),
  exit: optional(exitType),
});

export const processSchema: Schema<ProcessView> = defineSchema(processType);

export const processListSchema: Schema<ProcessListView> = defineSchema(
  Type.Object({ processes: Type.Array(processType) }),
);

export const processEventSchema: Schema<ProcessEventView> = defineSchema(
  Type.Object({
    process: optional(processType),
    stream: optional(
      Type.Union([Type.Literal("stdout"), Type.Literal("stderr"), Type.Literal("tty")]),
    ),
    data: optional(bytesType),
    at: optional(Type.Number()),
    exit: optional(exitType),
  }),
);

export const outputQuerySchema: Schema<OutputQuery> = defineSchema(
  Type.Object(
    { from: optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })) },
    closed,
  ),
);

export const processQuerySchema: Schema<ProcessQuery> = defineSchema(
  Type.Object({ waitMs: optional(Type.Integer({ minimum: 0, maximum: 60_000 })) }, closed),
);

export const signalSchema: Schema<SignalBody> = defineSchema(
  Type.Object({ name: Type.String({ pattern: "^SIG[A-Z0-9]{1,16}$" }) }, closed),
);

export const terminalSchema: Schema<TerminalView> = defineSchema(terminalType);
