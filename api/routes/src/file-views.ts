import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** Names something in a machine's file system. */
export interface FileQuery {
  readonly path: string;
  readonly user?: string | undefined;
}

export interface ReadFileQuery extends FileQuery {
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
}

export interface WriteFileQuery extends FileQuery {
  /** Permission bits, in decimal digits. */
  readonly mode?: number | undefined;
}

export interface ListFilesQuery extends FileQuery {
  /** How many levels below the folder; 0: the entry itself. Default: 1. */
  readonly depth?: number | undefined;
}

export interface WatchFilesQuery extends FileQuery {
  readonly recursive?: boolean | undefined;
}

export interface FolderBody extends FileQuery {
  readonly mode?: number | undefined;
}

export interface MoveFileBody extends FileQuery {
  readonly to: string;
}

export interface FileEntryView {
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly bytes: number;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  readonly modifiedAt: number;
  readonly target?: string | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export interface FileEntryListView {
  readonly entries: readonly FileEntryView[];
}

/** `ready` comes first; `missed` says: list again. */
export interface FileChangeView {
  readonly kind: "ready" | "created" | "written" | "deleted" | "moved" | "altered" | "missed";
  readonly path: string;
}

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;
const place = () => ({
  path: Type.String({ minLength: 1, maxLength: 4096 }),
  user: optional(Type.String({ minLength: 1, maxLength: 256 })),
});
const bytes = () => optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const mode = () => optional(Type.Integer({ minimum: 0, maximum: 0o7777 }));

export const fileQuerySchema: Schema<FileQuery> = defineSchema(Type.Object(place(), closed));

export const readFileQuerySchema: Schema<ReadFileQuery> = defineSchema(
  Type.Object({ ...place(), offset: bytes(), length: bytes() }, closed),
);

export const writeFileQuerySchema: Schema<WriteFileQuery> = defineSchema(
  Type.Object({ ...place(), mode: mode() }, closed),
);

export const listFilesQuerySchema: Schema<ListFilesQuery> = defineSchema(
  Type.Object({ ...place(), depth: optional(Type.Integer({ minimum: 0, maximum: 128 })) }, closed),
);

export const watchFilesQuerySchema: Schema<WatchFilesQuery> = defineSchema(
  Type.Object({ ...place(), recursive: optional(Type.Boolean()) }, closed),
);

export const folderSchema: Schema<FolderBody> = defineSchema(
  Type.Object({ ...place(), mode: mode() }, closed),
);

export const moveFileSchema: Schema<MoveFileBody> = defineSchema(
  Type.Object({ ...place(), to: Type.String({ minLength: 1, maxLength: 4096 }) }, closed),
);

const entryType = Type.Object({
  path: Type.String(),
  kind: Type.Unsafe<FileEntryView["kind"]>(Type.Enum(["file", "folder", "link", "other"])),
  bytes: Type.Number(),
  mode: Type.Integer(),
  owner: Type.String(),
  group: Type.String(),
  modifiedAt: Type.Number(),
  target: optional(Type.String()),
  attributes: optional(Type.Record(Type.String(), Type.String())),
});

export const fileEntrySchema: Schema<FileEntryView> = defineSchema(entryType);

export const fileEntryListSchema: Schema<FileEntryListView> = defineSchema(
  Type.Object({ entries: Type.Array(entryType) }),
);

const kinds = ["ready", "created", "written", "deleted", "moved", "altered", "missed"] as const;

export const fileChangeSchema: Schema<FileChangeView> = defineSchema(
  Type.Object({
    kind: Type.Unsafe<FileChangeView["kind"]>(Type.Enum([...kinds])),
    path: Type.String(),
  }),
);
