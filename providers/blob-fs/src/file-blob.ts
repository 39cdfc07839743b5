import { type FileHandle, mkdir, open, readdir, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type BlobCapabilities,
  type BlobDriver,
  type BlobInfo,
  type BlobLimits,
  type ByteRange,
  blobLimitsDefault,
  type DriverBlobRange,
  type DriverBody,
  type DriverReading,
} from "@bedplate/blob";
import { type Clock, newId, systemClock, systemRandom } from "@bedplate/clock";
import { faultOfFile } from "./file-fault.ts";
import { publish, syncFolder, temporaryFolder, writeTemporary } from "./file-writer.ts";
import { scanKeys } from "./key-listing.ts";
import { contentFolder, namedFolder, pathOfKey } from "./key-path.ts";
import { encodeTrailer, readTrailer } from "./trailer.ts";

/** Where the blobs are kept. */
export interface FileBlobOptions {
  /** A folder of its own; made when it is not there. */
  readonly path: string;
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<BlobLimits> | undefined;
  /** Temporary files that were not touched for this long are swept at open. Default: one day. */
  readonly abandonedMs?: number | undefined;
}

const abandonedMsDefault = 24 * 60 * 60 * 1_000;
const chunkBytes = 256 * 1024;

/** Opens or makes a folder of blobs. */
export async function openFileBlob(options: FileBlobOptions): Promise<BlobDriver> {
  const { path, abandonedMs = abandonedMsDefault } = options;
  try {
    for (const folder of [temporaryFolder, contentFolder, namedFolder]) {
      await mkdir(join(path, folder), { recursive: true, mode: 0o700 });
    }
    await syncFolder(path);
    await sweep(join(path, temporaryFolder), Date.now() - abandonedMs);
  } catch (error) {
    throw faultOfFile(error, "blob.open");
  }
  return new FileBlob(options);
}

class FileBlob implements BlobDriver {
  readonly limits: BlobLimits;
  readonly capabilities: BlobCapabilities = { durable: true };
  readonly #root: string;
  readonly #clock: Clock;

  constructor({ path, clock = systemClock, limits }: FileBlobOptions) {
    this.#root = path;
    this.#clock = clock;
    this.limits = { ...blobLimitsDefault, ...limits };
  }

  put(
    key: string,
    body: DriverBody,
    { ifAbsent }: { readonly ifAbsent: boolean },
  ): Promise<BlobInfo | null> {
    return this.#guard("put", async () => {
      let info: BlobInfo | undefined;
      const temporary = await writeTemporary(this.#root, async (append) => {
        for await (const chunk of body.chunks) await append(chunk);
        const createdAt = this.#clock.now();
        const version = newId("p", createdAt, systemRandom);
        info = { key, ...body.sealed(), version, createdAt };
        await append(encodeTrailer(info));
      });
      const place = { root: this.#root, path: pathOfKey(key), ifAbsent };
      return (await publish(temporary, place)) ? (info ?? null) : null;
    });
  }

  open(key: string): Promise<DriverReading | null> {
    return this.#guard("open", async () => {
      const file = await this.#openFile(key);
      if (file === null) return null;
      try {
        const info = await readTrailer(file, key);
        return {
          info,
          read: (range) => this.#read(file, range),
          [Symbol.asyncDispose]: () => file.close(),
        };
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  async stat(key: string): Promise<BlobInfo | null> {
    await using reading = await this.open(key);
    return reading?.info ?? null;
  }

  list({ limit, ...range }: DriverBlobRange): Promise<readonly BlobInfo[]> {
    return this.#guard("list", async () => {
      const blobs: BlobInfo[] = [];
      for await (const key of scanKeys({ root: this.#root, ...range })) {
        const info = await this.stat(key);
        // Gone since the folder was read: then it is not listed.
        if (info !== null) blobs.push(info);
        if (blobs.length === limit) break;
      }
      return blobs;
    });
  }

  delete(key: string): Promise<boolean> {
    return this.#guard("delete", async () => {
      const path = join(this.#root, pathOfKey(key));
      try {
        await unlink(path);
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
      await syncFolder(dirname(path));
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #openFile(key: string): Promise<FileHandle | null> {
    try {
      return await open(join(this.#root, pathOfKey(key)), "r");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async *#read(
    file: FileHandle,
    { offset, length }: ByteRange,
  ): AsyncGenerator<Uint8Array, void, void> {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async #guard<T>(verb: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw faultOfFile(error, `blob.${verb}`);
    }
  }
}

/** File times are the machine's, so the sweep goes by the machine's clock. */
async function sweep(folder: string, beforeMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const touched = await stat(path).catch(() => undefined);
    if (touched !== undefined && touched.mtimeMs <= beforeMs) await rm(path, { force: true });
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
