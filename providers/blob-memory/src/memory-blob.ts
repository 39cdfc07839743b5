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
import { type Clock, systemClock } from "@bedplate/clock";

/** How the blobs are kept. */
export interface MemoryBlobOptions {
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<BlobLimits> | undefined;
}

/** Opens blobs that live as long as the process. */
export async function openMemoryBlob(options: MemoryBlobOptions = {}): Promise<BlobDriver> {
  return new MemoryBlob(options);
}

interface Stored {
  readonly info: BlobInfo;
  readonly bytes: Uint8Array;
}

/** Memory is bounded by the machine: bodies are kept whole. */
const bodyBytesMax = 1024 * 1024 * 1024;
const chunkBytes = 64 * 1024;

class MemoryBlob implements BlobDriver {
  readonly limits: BlobLimits;
  readonly capabilities: BlobCapabilities = { durable: false };
  readonly #clock: Clock;
  readonly #blobs = new Map<string, Stored>();
  #puts = 0;

  constructor({ clock = systemClock, limits }: MemoryBlobOptions) {
    this.#clock = clock;
    this.limits = { ...blobLimitsDefault, bodyBytesMax, ...limits };
  }

  async put(
    key: string,
    body: DriverBody,
    { ifAbsent }: { readonly ifAbsent: boolean },
  ): Promise<BlobInfo | null> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body.chunks) chunks.push(Uint8Array.from(chunk));
    if (ifAbsent && this.#blobs.has(key)) return null;
    const version = `p${(++this.#puts).toString(36)}`;
    const info = { key, ...body.sealed(), version, createdAt: this.#clock.now() };
    this.#blobs.set(key, { info, bytes: Buffer.concat(chunks) });
    return info;
  }

  async open(key: string): Promise<DriverReading | null> {
    const stored = this.#blobs.get(key);
    if (stored === undefined) return null;
    const { info, bytes } = stored;
    return {
      info,
      read: (range) => chunksOf(bytes, range),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async stat(key: string): Promise<BlobInfo | null> {
    return this.#blobs.get(key)?.info ?? null;
  }

  async list({ prefix, after, limit }: DriverBlobRange): Promise<readonly BlobInfo[]> {
    return [...this.#blobs.keys()]
      .filter((key) => key.startsWith(prefix) && (after === undefined || compare(key, after) > 0))
      .sort(compare)
      .slice(0, limit)
      .flatMap((key) => this.#blobs.get(key)?.info ?? []);
  }

  async delete(key: string): Promise<boolean> {
    return this.#blobs.delete(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#blobs.clear();
  }
}

async function* chunksOf(
  bytes: Uint8Array,
  { offset, length }: ByteRange,
): AsyncGenerator<Uint8Array, void, void> {
  const end = offset + length;
  for (let at = offset; at < end; at += chunkBytes) {
    yield bytes.slice(at, Math.min(at + chunkBytes, end));
  }
}

/** UTF-8 byte order; UTF-16 order differs above the basic plane. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
