import type { Call, KeyedCall } from "../call.ts";

/** The file system inside a machine; no path leaves its root. */
export interface FilesParams {
  /** Largest file that can be written. */
  readonly fileBytesMax: number;
  /** Whether changes can be watched. */
  readonly watch: boolean;
  /** Whether files carry attributes of their own. */
  readonly attributes: boolean;
}

/**
 * Files as one user of the machine may see and change them. What is not there is
 * `resource.missing`; a folder where a file is needed, or a file where a folder is, is
 * `argument.invalid` at `/path`; a full disk is `quota.exceeded`; what the user may not do is
 * `permission.denied`. What is refused has no effect.
 */
export interface FilesDriver {
  /** Tells of a link itself, not of what it leads to. */
  stat(request: FileRequest, call: Call): Promise<FileEntry>;
  /** The entries below a folder, parents first, siblings in the order of their names' bytes. */
  list(request: ListRequest, call: Call): AsyncIterable<FileEntry>;
  /** The bytes of one version of the file, whatever is written meanwhile. */
  read(request: ReadRequest, call: Call): Promise<ReadableStream<Uint8Array>>;
  /**
   * Replaces the file at once: a reader sees the old or the new one, whole. Folders that are missing
   * are made. A body that fails leaves everything as it was.
   */
  write(request: WriteRequest, call: KeyedCall): Promise<FileEntry>;
  /** Makes the folder and those above it; one that is there is `resource.exists`. */
  makeFolder(request: FolderRequest, call: KeyedCall): Promise<FileEntry>;
  /** Renames; folders above the new place are made, a file that is there is replaced at once. */
  move(request: MoveRequest, call: KeyedCall): Promise<FileEntry>;
  /** Deletes a file, a link, or a folder with all that is in it; what is not there is deleted already. */
  delete(request: FileRequest, call: KeyedCall): Promise<void>;
  /** Says `ready`, then every change, until the call's signal aborts or the machine stops. */
  watch(request: WatchRequest, call: Call): AsyncIterable<FileChange>;
}

/** Names something in the file system. */
export interface FileRequest {
  /** From the root, or without a leading `/` from the home of the user. It has no `..` in it. */
  readonly path: string;
  /** Whose rights hold and who owns what is made. Default: the machine's own choice. */
  readonly user?: string | undefined;
}

export interface ListRequest extends FileRequest {
  /** How many levels: 1 is the folder's own entries. */
  readonly depth: number;
}

export interface ReadRequest extends FileRequest {
  /** Default: 0. One behind the end gives nothing. */
  readonly offset?: number | undefined;
  /** Default: to the end. More than there is gives what there is. */
  readonly length?: number | undefined;
}

export interface WriteRequest extends FileRequest {
  readonly body: ReadableStream<Uint8Array>;
  /** Permission bits. Default: those of the file that is replaced, or 0o644. */
  readonly mode?: number | undefined;
  /** Replaces the attributes. Default: none. */
  readonly attributes?: FileAttributes | undefined;
}

export interface FolderRequest extends FileRequest {
  /** Permission bits. Default: 0o755. */
  readonly mode?: number | undefined;
}

export interface MoveRequest extends FileRequest {
  /** The new path. */
  readonly to: string;
}

export interface WatchRequest extends FileRequest {
  /** Whether folders below are watched as well, and those that are made later. Default: false. */
  readonly isRecursive?: boolean | undefined;
}

/** Short texts kept with a file, by name: on Linux the extended attributes `user.<name>`. */
export type FileAttributes = Readonly<Record<string, string>>;

export interface FileEntry {
  /** From the root. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly bytes: number;
  /** Permission bits, for example 0o644. */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  /** Where a link leads, as it is written there. */
  readonly target?: string | undefined;
  readonly attributes?: FileAttributes | undefined;
}

/**
 * Something that happened below a watched folder. `ready` comes first: what happens after it is
 * told. `missed` says that changes came faster than they were read: list again.
 */
export interface FileChange {
  readonly kind: "ready" | "created" | "written" | "deleted" | "moved" | "altered" | "missed";
  /** From the root; empty for `ready` and `missed`. A move tells the old path, then `created` the new one. */
  readonly path: string;
}
