import {
  type BlobCapabilities,
  type BlobCondition,
  type BlobDriver,
  type BlobEntry,
  type BlobHead,
  type BlobInfo,
  type BlobLimits,
  type BlobVersion,
  type ByteRange,
  blobLimitsDefault,
  type DriverBlobRange,
  type DriverBody,
  type DriverReading,
  type Refused,
} from "@bedplate/blob";

/** How the blobs are kept. */
export interface MemoryBlobOptions {
  readonly limits?: Partial<BlobLimits> | undefined;
}

/** Opens blobs that live as long as the driver. */
export async function openMemoryBlob(options: MemoryBlobOptions = {}): Promise<BlobDriver> {
  return openMemoryPlace(options).open();
}

/** Blobs that several drivers share, as processes share a disk. */
export interface MemoryPlace {
  open(): BlobDriver;
  clear(): void;
}

/** Makes a place that is empty. */
export function openMemoryPlace(options: MemoryBlobOptions = {}): MemoryPlace {
  const blobs = new Map<string, Stored>();
  return { open: () => new MemoryBlob(blobs, options), clear: () => blobs.clear() };
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
  readonly capabilities: BlobCapabilities = { durable: false, conditionalDelete: true };
  readonly #blobs: Map<string, Stored>;

  constructor(blobs: Map<string, Stored>, { limits }: MemoryBlobOptions) {
    this.#blobs = blobs;
    this.limits = { ...blobLimitsDefault, bodyBytesMax, ...limits };
  }

  async put(
    head: BlobHead,
    body: DriverBody,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body.chunks) chunks.push(Uint8Array.from(chunk));
    // From here on nothing waits: what is found is what is replaced.
    const found = this.#versionOf(head.key);
    const wanted = condition === "absent" ? null : (condition?.version ?? found);
    if (found !== wanted) return { found };
    const info = { ...head, ...body.sealed() };
    this.#blobs.set(head.key, { info, bytes: Buffer.concat(chunks) });
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

  async list({ prefix, after, limit }: DriverBlobRange): Promise<readonly BlobEntry[]> {
    return [...this.#blobs.keys()]
      .filter((key) => key.startsWith(prefix) && (after === undefined || compare(key, after) > 0))
      .sort(compare)
      .slice(0, limit)
      .map((key) => ({ key, sizeBytes: this.#blobs.get(key)?.info.sizeBytes ?? 0 }));
  }

  async delete(key: string, version: BlobVersion | undefined): Promise<BlobVersion | null> {
    const found = this.#versionOf(key);
    if (version === undefined || version === found) this.#blobs.delete(key);
    return found;
  }

  /** A write that ended without a blob has left nothing. */
  async sweep(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #versionOf(key: string): BlobVersion | null {
    return this.#blobs.get(key)?.info.version ?? null;
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
