import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type BlobCapabilities,
  type BlobCondition,
  type BlobDriver,
  type BlobEntry,
  type BlobHead,
  type BlobInfo,
  type BlobLimits,
  type BlobVersion,
  blobLimitsDefault,
  type DriverBlobRange,
  type DriverBody,
  type DriverReading,
  type Refused,
} from "@bedplate/blob";
import { type Disk, machineDisk } from "./disk.ts";
import { faultOfFile, linkedFolder } from "./file-fault.ts";
import { openBlobFile, versionIn } from "./file-reader.ts";
import { makeFolders, temporaryFolder, writeTemporary } from "./file-writer.ts";
import { FolderLock } from "./folder-lock.ts";
import { scanKeys } from "./key-listing.ts";
import { contentFolder, namedFolder, pathOfKey } from "./key-path.ts";
import { encodeTrailer } from "./trailer.ts";

/** Where the blobs are kept. */
export interface FileBlobOptions {
  /** A folder of its own; made when it is not there. */
  readonly path: string;
  readonly limits?: Partial<BlobLimits> | undefined;
}

const lockFile = "lock.db";

/** Opens or makes a folder of blobs. */
export function openFileBlob(options: FileBlobOptions): Promise<BlobDriver> {
  return openFileBlobOn(machineDisk, options);
}

/** Opens a folder of blobs on a disk that a test watches. */
export async function openFileBlobOn(disk: Disk, options: FileBlobOptions): Promise<BlobDriver> {
  const { path, limits } = options;
  try {
    for (const folder of [temporaryFolder, contentFolder, namedFolder]) {
      await disk.makeFolders(join(path, folder));
    }
    await disk.syncFolder(path);
    const root = await realpath(path);
    const lock = new FolderLock(join(root, lockFile));
    return new FileBlob({ root, limits: { ...blobLimitsDefault, ...limits }, disk, lock });
  } catch (error) {
    throw faultOfFile(error, "blob.open");
  }
}

interface FileBlobParts {
  readonly root: string;
  readonly limits: BlobLimits;
  readonly disk: Disk;
  readonly lock: FolderLock;
}

class FileBlob implements BlobDriver {
  readonly limits: BlobLimits;
  readonly capabilities: BlobCapabilities = { durable: true, conditionalDelete: true };
  readonly #root: string;
  readonly #disk: Disk;
  readonly #lock: FolderLock;

  constructor({ root, limits, disk, lock }: FileBlobParts) {
    this.limits = limits;
    this.#root = root;
    this.#disk = disk;
    this.#lock = lock;
  }

  put(
    head: BlobHead,
    body: DriverBody,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused> {
    return this.#guard("put", async () => {
      const { path, info } = await this.#write(head, body);
      try {
        const found = await this.#replace(head.key, path, condition);
        return found === undefined ? info : { found };
      } finally {
        await this.#disk.remove(path);
      }
    });
  }

  open(key: string): Promise<DriverReading | null> {
    return this.#guard("open", () => openBlobFile(this.#pathOf(key), key));
  }

  async stat(key: string): Promise<BlobInfo | null> {
    await using reading = await this.open(key);
    return reading?.info ?? null;
  }

  list({ limit, ...range }: DriverBlobRange): Promise<readonly BlobEntry[]> {
    return this.#guard("list", async () => {
      const blobs: BlobEntry[] = [];
      for await (const key of scanKeys({ root: this.#root, ...range })) {
        const info = await this.stat(key);
        // Gone since the folder was read: then it is not listed.
        if (info !== null) blobs.push({ key, sizeBytes: info.sizeBytes });
        if (blobs.length === limit) break;
      }
      return blobs;
    });
  }

  delete(key: string, version: BlobVersion | undefined): Promise<BlobVersion | null> {
    return this.#guard("delete", async () => {
      const path = this.#pathOf(key);
      const found = await this.#lock.hold(async () => {
        const there = await versionIn(path, key);
        if (there === null || (version !== undefined && there !== version)) return there;
        await this.#checkFolder(key);
        await this.#disk.unlink(path);
        return there;
      });
      if (found !== null) await this.#disk.syncFolder(dirname(path));
      return found;
    });
  }

  /** File times are the machine's, so the sweep goes by the machine's clock. */
  sweep(abandonedMs: number): Promise<void> {
    return this.#guard("sweep", async () => {
      const beforeMs = Date.now() - abandonedMs;
      const folder = join(this.#root, temporaryFolder);
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        const touched = await stat(path).catch(() => undefined);
        if (touched !== undefined && touched.mtimeMs <= beforeMs) await this.#disk.remove(path);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lock[Symbol.dispose]();
  }

  async #write(
    head: BlobHead,
    body: DriverBody,
  ): Promise<{ readonly path: string; readonly info: BlobInfo }> {
    let info: BlobInfo | undefined;
    const path = await writeTemporary(this.#disk, this.#root, async (append) => {
      for await (const chunk of body.chunks) await append(chunk);
      info = { ...head, ...body.sealed() };
      await append(encodeTrailer(info));
    });
    return { path, info: info as BlobInfo };
  }

  /** Answers the version that the condition met instead; undefined when the file has its place. */
  async #replace(
    key: string,
    from: string,
    condition: BlobCondition | undefined,
  ): Promise<BlobVersion | null | undefined> {
    const path = this.#pathOf(key);
    await makeFolders(this.#disk, this.#root, dirname(pathOfKey(key)));
    await this.#checkFolder(key);
    const refused = await this.#lock.hold(async () => {
      if (condition !== undefined) {
        const found = await versionIn(path, key);
        const wanted = condition === "absent" ? null : condition.version;
        if (found !== wanted) return { found };
      }
      await this.#disk.rename(from, path);
      return undefined;
    });
    if (refused === undefined) await this.#disk.syncFolder(dirname(path));
    return refused?.found;
  }

  /** A link that someone put among the folders must not lead a write out of them. */
  async #checkFolder(key: string): Promise<void> {
    const folder = dirname(this.#pathOf(key));
    if ((await realpath(folder)) !== folder) throw linkedFolder(key);
  }

  #pathOf(key: string): string {
    return join(this.#root, pathOfKey(key));
  }

  async #guard<T>(verb: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw faultOfFile(error, `blob.${verb}`);
    }
  }
}
