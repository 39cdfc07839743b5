import type { Call, KeyedCall } from "../call.ts";

/** The file system inside a machine; no path leaves its root. */
export interface FilesParams {
  readonly fileBytesMax: number;
  readonly watch: boolean;
}

export interface FilesDriver {
  read(path: string, range: FileRange, call: Call): Promise<ReadableStream<Uint8Array>>;
  /** Replaces the file at once: a reader sees the old or the new one. */
  write(path: string, body: ReadableStream<Uint8Array>, call: KeyedCall): Promise<void>;
  list(path: string, call: Call): AsyncIterable<FileEntry>;
  /** Deleting what is not there does nothing. */
  delete(path: string, call: KeyedCall): Promise<void>;
}

export interface FileRange {
  readonly offset: number;
  readonly length?: number | undefined;
}

export interface FileEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes: number;
}
