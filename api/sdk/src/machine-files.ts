import {
  deleteFile,
  type FileChangeView,
  type FileEntryView,
  type ListFilesQuery,
  listFiles,
  makeFolder,
  moveFile,
  type ReadFileQuery,
  readFile,
  type WatchFilesQuery,
  type WriteFileQuery,
  watchFiles,
  writeFile,
} from "@bedplate/routes";
import type { BytesLike } from "./bytes.ts";
import type { Waiting } from "./runs.ts";
import type { Transport } from "./transport.ts";

type Place<Query> = Omit<Query, "path"> & Waiting;

/** The files inside one machine. */
export class MachineFiles {
  readonly #transport: Transport;
  readonly #params: { readonly id: string };

  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.#params = { id };
  }

  /** The bytes of a file, as they come. */
  read(path: string, options: Place<ReadFileQuery> = {}): Promise<ReadableStream<Uint8Array>> {
    const { signal, ...rest } = options;
    const query = { path, ...rest };
    return this.#transport.call(readFile, { params: this.#params, query, signal });
  }

  /** Replaces a file at once; folders above it are made. */
  write(
    path: string,
    body: BytesLike | ReadableStream<Uint8Array>,
    options: Place<WriteFileQuery> = {},
  ): Promise<FileEntryView> {
    const { signal, ...rest } = options;
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return this.#transport.call(writeFile, {
      params: this.#params,
      query: { path, ...rest },
      body: bytes as ReadableStream<Uint8Array>,
      signal,
    });
  }

  /** The entries below a folder; with depth 0, the entry itself. */
  async list(path: string, options: Place<ListFilesQuery> = {}): Promise<readonly FileEntryView[]> {
    const { signal, ...rest } = options;
    const query = { path, ...rest };
    return (await this.#transport.call(listFiles, { params: this.#params, query, signal })).entries;
  }

  async delete(path: string, options: Place<{ readonly user?: string }> = {}): Promise<void> {
    const { signal, ...rest } = options;
    const query = { path, ...rest };
    await this.#transport.call(deleteFile, { params: this.#params, query, signal });
  }

  makeFolder(path: string, options: Waiting = {}): Promise<FileEntryView> {
    return this.#transport.call(makeFolder, { params: this.#params, body: { path }, ...options });
  }

  move(path: string, to: string, options: Waiting = {}): Promise<FileEntryView> {
    return this.#transport.call(moveFile, { params: this.#params, body: { path, to }, ...options });
  }

  /** `ready`, then every change below a folder. */
  watch(
    path: string,
    options: Place<WatchFilesQuery> = {},
  ): AsyncGenerator<FileChangeView, void, void> {
    const { signal, ...rest } = options;
    const query = { path, ...rest };
    return this.#transport.events(watchFiles, { params: this.#params, query, signal });
  }
}
