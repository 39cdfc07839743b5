import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { ExecRequest } from "../facets/exec.ts";
import type { FileEntry, FileRange } from "../facets/files.ts";
import type { InstanceRequest } from "./environment-messages.ts";
import { amount, bytes, oneOf, part, text } from "./schema-parts.ts";
import { wireBudgetSchema } from "./value-schemas.ts";

const instance = text(256);

/** A part of a stream of bytes. */
export interface Chunk {
  readonly data: Uint8Array;
}

export const chunkSchema: Schema<Chunk> = defineSchema(Type.Object({ data: bytes() }));

export interface WireExecRequest extends InstanceRequest {
  readonly request: Omit<ExecRequest, "stdin">;
  /** The stream that feeds stdin, as `PullBody` calls it. Left out: stdin is empty. */
  readonly stdin?: string | undefined;
}

export const execRequestSchema: Schema<WireExecRequest> = defineSchema(
  Type.Object({
    instance,
    request: Type.Object({
      argv: Type.Array(Type.String(), { minItems: 1, maxItems: 4096 }),
      env: Type.Optional(Type.Record(Type.String(), Type.String())),
      cwd: Type.Optional(text()),
      tty: Type.Optional(Type.Object({ columns: amount(), rows: amount() })),
      budget: Type.Optional(part(wireBudgetSchema)),
    }),
    stdin: Type.Optional(text(64)),
  }),
);

/** A process that `Exec` started, as later messages call it. */
export interface ProcessRef {
  readonly process: string;
}

export const processRefSchema: Schema<ProcessRef> = defineSchema(
  Type.Object({ process: text(256) }),
);

export interface ExecOutputRequest extends ProcessRef {
  readonly stream: "stdout" | "stderr";
}

export const execOutputRequestSchema: Schema<ExecOutputRequest> = defineSchema(
  Type.Object({ process: text(256), stream: oneOf("stdout", "stderr") }),
);

export interface ExecResizeRequest extends ProcessRef {
  readonly columns: number;
  readonly rows: number;
}

export const execResizeRequestSchema: Schema<ExecResizeRequest> = defineSchema(
  Type.Object({ process: text(256), columns: amount(), rows: amount() }),
);

export interface ExecSignalRequest extends ProcessRef {
  readonly name: string;
}

export const execSignalRequestSchema: Schema<ExecSignalRequest> = defineSchema(
  Type.Object({ process: text(256), name: text(32) }),
);

export interface FilesReadRequest extends InstanceRequest {
  readonly path: string;
  readonly range: FileRange;
}

export const filesReadRequestSchema: Schema<FilesReadRequest> = defineSchema(
  Type.Object({
    instance,
    path: text(),
    range: Type.Object({ offset: amount(), length: Type.Optional(amount()) }),
  }),
);

export interface FilesWriteRequest extends InstanceRequest {
  readonly path: string;
  /** The contents, as `PullBody` calls them. */
  readonly body: string;
}

export const filesWriteRequestSchema: Schema<FilesWriteRequest> = defineSchema(
  Type.Object({ instance, path: text(), body: text(64) }),
);

export interface PathRequest extends InstanceRequest {
  readonly path: string;
}

export const pathRequestSchema: Schema<PathRequest> = defineSchema(
  Type.Object({ instance, path: text() }),
);

export const fileEntrySchema: Schema<FileEntry> = defineSchema(
  Type.Object({ name: text(), isFolder: Type.Boolean(), bytes: amount() }),
);
