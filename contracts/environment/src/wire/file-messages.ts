import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type {
  FileChange,
  FileEntry,
  FileRequest,
  FolderRequest,
  ListRequest,
  MoveRequest,
  ReadRequest,
  WatchRequest,
  WriteRequest,
} from "../facets/files.ts";
import type { InstanceRequest } from "./environment-messages.ts";
import { amount, bytes, oneOf, text } from "./schema-parts.ts";

/** A part of a stream of bytes. */
export interface Chunk {
  readonly data: Uint8Array;
}

export const chunkSchema: Schema<Chunk> = defineSchema(Type.Object({ data: bytes() }));

const named = { instance: text(256), path: text(), user: Type.Optional(text(256)) };
const mode = Type.Optional(amount());
const attributes = Type.Optional(Type.Record(Type.String(), Type.String()));

export type WireFileRequest = InstanceRequest & FileRequest;

export const fileRequestSchema: Schema<WireFileRequest> = defineSchema(Type.Object(named));

export type FilesListRequest = InstanceRequest & ListRequest;

export const filesListRequestSchema: Schema<FilesListRequest> = defineSchema(
  Type.Object({ ...named, depth: amount() }),
);

export type FilesReadRequest = InstanceRequest & ReadRequest;

export const filesReadRequestSchema: Schema<FilesReadRequest> = defineSchema(
  Type.Object({ ...named, offset: Type.Optional(amount()), length: Type.Optional(amount()) }),
);

export interface FilesWriteRequest extends InstanceRequest, Omit<WriteRequest, "body"> {
  /** The contents, as `PullBody` calls them. */
  readonly body: string;
}

export const filesWriteRequestSchema: Schema<FilesWriteRequest> = defineSchema(
  Type.Object({ ...named, body: text(64), mode, attributes }),
);

export type FilesMakeFolderRequest = InstanceRequest & FolderRequest;

export const filesMakeFolderRequestSchema: Schema<FilesMakeFolderRequest> = defineSchema(
  Type.Object({ ...named, mode }),
);

export type FilesMoveRequest = InstanceRequest & MoveRequest;

export const filesMoveRequestSchema: Schema<FilesMoveRequest> = defineSchema(
  Type.Object({ ...named, to: text() }),
);

export type FilesWatchRequest = InstanceRequest & WatchRequest;

export const filesWatchRequestSchema: Schema<FilesWatchRequest> = defineSchema(
  Type.Object({ ...named, isRecursive: Type.Optional(Type.Boolean()) }),
);

export const fileEntrySchema: Schema<FileEntry> = defineSchema(
  Type.Object({
    path: text(),
    kind: oneOf("file", "folder", "link", "other"),
    bytes: amount(),
    mode: amount(),
    owner: text(256),
    group: text(256),
    modifiedAt: Type.Number(),
    target: Type.Optional(text()),
    attributes,
  }),
);

export const fileChangeSchema: Schema<FileChange> = defineSchema(
  Type.Object({
    kind: oneOf("ready", "created", "written", "deleted", "moved", "altered", "missed"),
    path: text(),
  }),
);
