import { type Clock, systemClock, systemRandom, untilAborted } from "@bedplate/clock";
import { type CborValue, type Digest, digestBytes, openCursor, sealCursor } from "@bedplate/codec";
import { isFault, raise } from "@bedplate/errors";
import { recordSeconds, withSpan } from "@bedplate/telemetry";
import type { BlobCapabilities, BlobDriver, BlobInfo, BlobLimits } from "./blob-driver.ts";
import { checkKey, digestOfKey } from "./blob-key.ts";
import { type BlobRange, type BlobReading, readRange } from "./blob-reading.ts";
import { type BlobBody, type BlobExpectation, IncomingBody } from "./incoming-body.ts";

/** Every method takes it; abort means that the caller stops waiting. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** How to store a blob. */
export interface PutOptions extends Waiting {
  /** Refuses with `resource.exists` when the key exists when the body has arrived. */
  readonly ifAbsent?: boolean | undefined;
  /** Refuses to store anything else. */
  readonly expect?: BlobExpectation | undefined;
}

/** Which keys to list. */
export interface BlobListRequest {
  readonly prefix?: string | undefined;
  /** Only keys after this one. */
  readonly after?: string | undefined;
  /** Most blobs per page. Default: 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before, of a listing with the same prefix. */
  readonly cursor?: string | undefined;
}

/** Part of a listing; `next` is there when more may follow. */
export interface BlobPage {
  readonly blobs: readonly BlobInfo[];
  readonly next?: string | undefined;
}

/** How a store is made. */
export interface BlobStoreOptions {
  readonly clock?: Clock | undefined;
  /** Seals list cursors; replicas must share it. Default: chance, so cursors end with the process. */
  readonly cursorSecret?: Uint8Array | undefined;
}

const pageDefault = 100;
const getBytesMaxDefault = 64 * 1024 * 1024;

/**
 * Bytes under names, and under their own digests. A blob appears whole, in one instant, and every
 * read, `stat` and `list` that begins after a `put` was acknowledged sees it.
 */
export class BlobStore implements AsyncDisposable {
  readonly #driver: BlobDriver;
  readonly #clock: Clock;
  readonly #cursorSecret: Uint8Array;
  #isClosed = false;

  constructor(driver: BlobDriver, options: BlobStoreOptions = {}) {
    this.#driver = driver;
    this.#clock = options.clock ?? systemClock;
    this.#cursorSecret = options.cursorSecret ?? systemRandom.bytes(32);
  }

  get limits(): BlobLimits {
    return this.#driver.limits;
  }

  get capabilities(): BlobCapabilities {
    return this.#driver.capabilities;
  }

  /** Stores a body under a key, all or nothing; replaces what was there. */
  put(key: string, body: BlobBody, options: PutOptions = {}): Promise<BlobInfo> {
    return this.#operate("put", options, async (driver) => {
      checkKey(key, { op: "blob.put", limits: driver.limits });
      const { ifAbsent = false, signal } = options;
      const expect = expectationOf(key, options.expect);
      const { bodyBytesMax } = driver.limits;
      const incoming = new IncomingBody(body, { expect, bodyBytesMax, signal });
      const info = await driver.put(key, incoming, { ifAbsent });
      if (info === null) throw exists(key);
      return info;
    });
  }

  /** Stores bytes under their own digest; bytes that are there already are left as they are. */
  async putContent(bytes: Uint8Array, options: Waiting = {}): Promise<BlobInfo> {
    const key = digestBytes(bytes);
    const found = await this.stat(key, options);
    if (found !== null) return found;
    try {
      return await this.put(key, bytes, { ...options, ifAbsent: true });
    } catch (error) {
      const winner = isFault(error, "resource.exists") ? await this.stat(key, options) : null;
      if (winner === null) throw error;
      return winner;
    }
  }

  /** Opens a blob, or a range of it; throws `resource.missing` when there is none. */
  open(
    key: string,
    options: Waiting & { readonly range?: BlobRange | undefined } = {},
  ): Promise<BlobReading> {
    return this.#operate("open", options, async (driver) => {
      checkKey(key, { op: "blob.open", limits: driver.limits });
      const reading = await driver.open(key);
      if (reading === null) throw missing(key);
      try {
        // The caller may have left meanwhile; then nobody else would dispose the reading.
        options.signal?.throwIfAborted();
        return readRange(reading, options.range, options.signal);
      } catch (error) {
        await reading[Symbol.asyncDispose]();
        throw error;
      }
    });
  }

  /** The bytes of a blob, checked; null when there is none. Refuses more than `bytesMax` (64 MiB). */
  async get(
    key: string,
    options: Waiting & { readonly bytesMax?: number | undefined } = {},
  ): Promise<Uint8Array | null> {
    const bytesMax = options.bytesMax ?? getBytesMaxDefault;
    try {
      await using reading = await this.open(key, options);
      if (reading.length > bytesMax) throw tooMuch(bytesMax, reading.length);
      return await collect(reading);
    } catch (error) {
      if (isFault(error, "resource.missing")) return null;
      throw error;
    }
  }

  /** What a blob is; null when there is none. */
  stat(key: string, options: Waiting = {}): Promise<BlobInfo | null> {
    return this.#operate("stat", options, (driver) =>
      driver.stat(checkKey(key, { op: "blob.stat", limits: driver.limits })),
    );
  }

  /** One page of blobs, in the byte order of their keys. */
  list(request: BlobListRequest = {}, options: Waiting = {}): Promise<BlobPage> {
    return this.#operate("list", options, async (driver) => {
      const limit = request.limit ?? Math.min(pageDefault, driver.limits.pageMax);
      if (!Number.isInteger(limit) || limit < 1 || limit > driver.limits.pageMax) {
        throw refuseList("/limit", `must be a whole number from 1 to ${driver.limits.pageMax}`);
      }
      const prefix = request.prefix ?? "";
      const scope = { secret: this.#cursorSecret, listing: ["blob.list", prefix] as CborValue };
      const after = request.cursor === undefined ? request.after : openPlace(request.cursor, scope);
      const blobs = await driver.list({ prefix, after, limit });
      const last = blobs.at(-1);
      if (last === undefined || blobs.length < limit) return { blobs };
      return { blobs, next: sealCursor(last.key, scope) };
    });
  }

  /** Removes a blob; answers whether there was one. Open readings go on. */
  delete(key: string, options: Waiting = {}): Promise<boolean> {
    return this.#operate("delete", options, (driver) =>
      driver.delete(checkKey(key, { op: "blob.delete", limits: driver.limits })),
    );
  }

  /** Refuses what comes, and closes the driver once. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#driver[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #operate<T>(
    verb: string,
    { signal }: Waiting,
    work: (driver: BlobDriver) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closedFault(`blob.${verb}`);
    const startedMs = this.#clock.monotonic();
    try {
      return await withSpan(`blob.${verb}`, {}, () => untilAborted(work(this.#driver), signal));
    } finally {
      const seconds = (this.#clock.monotonic() - startedMs) / 1000;
      recordSeconds(`bedplate_blob_${verb}_seconds`, seconds, {});
    }
  }
}

function expectationOf(key: string, expect: BlobExpectation = {}): BlobExpectation {
  const digest = digestOfKey(key);
  if (digest === undefined) return expect;
  if (expect.digest !== undefined && expect.digest !== digest)
    throw contradiction(digest, expect.digest);
  return { ...expect, digest };
}

async function collect({ body, length }: BlobReading): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for await (const chunk of body) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function openPlace(cursor: string, scope: Parameters<typeof openCursor>[1]): string {
  const place = openCursor(cursor, scope);
  if (typeof place !== "string") throw refuseList("/cursor", "is not of this listing");
  return place;
}

function refuseList(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "blob.list",
    detail: { path, rule },
    message: `Cannot list blobs: ${path} ${rule}`,
  });
}

function contradiction(expected: Digest, actual: Digest): Error {
  return raise("digest.mismatch", {
    op: "blob.put",
    detail: { expected, actual },
    message: "Cannot store the blob: its key and the expected digest differ",
  });
}

function exists(key: string): Error {
  return raise("resource.exists", {
    op: "blob.put",
    subject: key,
    detail: { type: "blob", id: key },
    message: `Cannot store the blob "${key}": it exists`,
  });
}

function missing(key: string): Error {
  return raise("resource.missing", {
    op: "blob.open",
    subject: key,
    detail: { type: "blob", id: key },
    message: `Cannot open the blob "${key}": there is none`,
  });
}

function tooMuch(limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "blob.get",
    detail: { meter: "bytes", limit, asked },
    message: `Cannot get the blob at once: it has ${asked} bytes, more than ${limit}`,
  });
}

function closedFault(op: string): Error {
  return raise("resource.closed", {
    op,
    detail: { type: "blob-store" },
    message: "Cannot use the blob store: it is closed",
  });
}
