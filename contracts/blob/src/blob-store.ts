import { type Clock, systemRandom } from "@bedplate/clock";
import { type CborValue, digestBytes, openCursor, sealCursor } from "@bedplate/codec";
import { isFault } from "@bedplate/errors";
import { BlobAccess, type PutOptions, type Waiting } from "./blob-access.ts";
import { type CopyRequest, copyBlob } from "./blob-copy.ts";
import type {
  BlobCapabilities,
  BlobDriver,
  BlobEntry,
  BlobInfo,
  BlobLimits,
  BlobRange,
  BlobVersion,
  SignedAddress,
} from "./blob-driver.ts";
import {
  checkConditionalDelete,
  missingFault,
  refuseArgument,
  tooMuchFault,
  versionFault,
} from "./blob-faults.ts";
import { checkKey, checkText } from "./blob-key.ts";
import { type ListingPlace, readListing } from "./blob-listing.ts";
import { type BlobReading, checkRange, collect, readRange } from "./blob-reading.ts";
import { type SigningRequest, signAddress } from "./blob-signing.ts";
import { BlobUploads } from "./blob-uploads.ts";
import { type BlobBody, expectationOf } from "./incoming-body.ts";
import {
  checkGrace,
  deleteUnreferenced,
  type UnreferencedReport,
  type UnreferencedRequest,
} from "./unreferenced.ts";
import { sweepUploads } from "./upload-sweep.ts";

/** How to open a blob. */
export interface OpenOptions extends Waiting {
  readonly range?: BlobRange | undefined;
  /** Refuses any other version with `version.mismatch`. */
  readonly version?: BlobVersion | undefined;
}

/** Which keys to list. */
export interface BlobListRequest {
  readonly prefix?: string | undefined;
  /** Rolls up keys that have this text behind the prefix, for example "/". */
  readonly delimiter?: string | undefined;
  /** Only keys after this one. */
  readonly after?: string | undefined;
  /** Most blobs and prefixes per page. Default: 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before, of a listing with the same prefix and delimiter. */
  readonly cursor?: string | undefined;
}

/** Part of a listing; `next` is there when more may follow. */
export interface BlobPage {
  readonly blobs: readonly BlobEntry[];
  /** What keys were rolled up to. */
  readonly prefixes: readonly string[];
  readonly next?: string | undefined;
}

/** How a store is made. */
export interface BlobStoreOptions {
  readonly clock?: Clock | undefined;
  /** Seals list cursors; replicas must share it. Default: chance, so cursors end with the process. */
  readonly cursorSecret?: Uint8Array | undefined;
  /** What an upload, or a write that never ended, is given before `sweep` takes it. Default: one day. */
  readonly abandonedMs?: number | undefined;
  /** `putContent` stores content anew when it is older than this. Default: one hour. */
  readonly contentRefreshMs?: number | undefined;
}

const pageDefault = 100;
const getBytesMaxDefault = 64 * 1024 * 1024;
const abandonedMsDefault = 24 * 60 * 60 * 1_000;
const contentRefreshMsDefault = 60 * 60 * 1_000;
const contentTriesMax = 5;

/**
 * Bytes under names, and under their own digests. A blob appears whole, in one instant, and every
 * read, `stat` and `list` that begins after a `put` was acknowledged sees it.
 */
export class BlobStore implements AsyncDisposable {
  /** Blobs that arrive in parts. */
  readonly uploads: BlobUploads;
  readonly #access: BlobAccess;
  readonly #cursorSecret: Uint8Array;
  readonly #abandonedMs: number;
  readonly #contentRefreshMs: number;

  constructor(driver: BlobDriver, options: BlobStoreOptions = {}) {
    this.#access = new BlobAccess(driver, options);
    this.uploads = new BlobUploads(this.#access);
    this.#cursorSecret = options.cursorSecret ?? systemRandom.bytes(32);
    this.#abandonedMs = options.abandonedMs ?? abandonedMsDefault;
    this.#contentRefreshMs = options.contentRefreshMs ?? contentRefreshMsDefault;
  }

  get limits(): BlobLimits {
    return this.#access.driver.limits;
  }

  get capabilities(): BlobCapabilities {
    return this.#access.driver.capabilities;
  }

  /** Stores a body under a key, all or nothing; replaces what was there. */
  put(key: string, body: BlobBody, options: PutOptions = {}): Promise<BlobInfo> {
    return this.#access.operate("put", options, async ({ limits }) => {
      const op = "blob.put";
      checkKey(key, { op, limits });
      const expect = expectationOf(op, key, options.expect);
      const write = { ...options, op, key, expect, bytesMax: limits.bodyBytesMax };
      return this.#access.write(body, write);
    });
  }

  /**
   * Stores bytes under their own digest; bytes that are there already are left as they are, or, when
   * they are old, stored anew: then `deleteUnreferenced` sees that they are wanted.
   */
  async putContent(bytes: Uint8Array, options: Waiting = {}): Promise<BlobInfo> {
    const key = digestBytes(bytes);
    for (let tries = 1; ; tries++) {
      const found = await this.stat(key, options);
      const freshMs = this.#access.clock.now() - this.#contentRefreshMs;
      if (found !== null && found.createdAt > freshMs) return found;
      const condition = found === null ? "absent" : { version: found.version };
      try {
        return await this.put(key, bytes, { ...options, condition });
      } catch (error) {
        if (tries === contentTriesMax || !isLostRace(error)) throw error;
      }
    }
  }

  /** Opens a blob, or a range of it; throws `resource.missing` when there is none. */
  open(key: string, options: OpenOptions = {}): Promise<BlobReading> {
    return this.#access.operate("open", options, async (driver) => {
      const op = "blob.open";
      checkKey(key, { op, limits: driver.limits });
      checkRange(options.range);
      const reading = await driver.open(key, options.range);
      if (reading === null) throw missingFault(op, key, "blob");
      try {
        // The caller may have left meanwhile; then nobody else would dispose the reading.
        options.signal?.throwIfAborted();
        checkVersion(reading.info, options.version);
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
      await using reading = await this.open(key, { signal: options.signal });
      if (reading.length > bytesMax) throw tooMuchFault(bytesMax, reading.length);
      return await collect(reading);
    } catch (error) {
      if (isFault(error, "resource.missing")) return null;
      throw error;
    }
  }

  /** What a blob is; null when there is none. */
  stat(key: string, options: Waiting = {}): Promise<BlobInfo | null> {
    return this.#access.operate("stat", options, async (driver) =>
      driver.stat(checkKey(key, { op: "blob.stat", limits: driver.limits })),
    );
  }

  /** One page of blobs, in the byte order of their keys. */
  list(request: BlobListRequest = {}, options: Waiting = {}): Promise<BlobPage> {
    return this.#access.operate("list", options, async (driver) => {
      const { prefix = "", delimiter, cursor } = request;
      checkListing(request, driver.limits);
      const limit = request.limit ?? Math.min(pageDefault, driver.limits.pageMax);
      const listing = ["blob.list", prefix, delimiter ?? null] as CborValue;
      const scope = { secret: this.#cursorSecret, listing };
      const start = cursor === undefined ? { after: request.after } : openPlace(cursor, scope);
      const { next, ...page } = await readListing(driver, { prefix, delimiter, limit }, start);
      return next === undefined ? page : { ...page, next: sealPlace(next, scope) };
    });
  }

  /**
   * Removes a blob; answers whether there was one. Open readings go on. Only one version of it, and no
   * other: needs `capabilities.conditionalDelete`.
   */
  delete(
    key: string,
    options: Waiting & { readonly version?: BlobVersion | undefined } = {},
  ): Promise<boolean> {
    return this.#access.operate("delete", options, async (driver) => {
      const op = "blob.delete";
      checkKey(key, { op, limits: driver.limits });
      const { version } = options;
      if (version !== undefined) checkConditionalDelete(op, driver.capabilities);
      const found = await driver.delete(key, version);
      if (version !== undefined && found !== version) {
        throw versionFault(op, key, { version, found });
      }
      return found !== null;
    });
  }

  /** Stores the bytes of one blob under another key, or under its own with other facts. */
  copy(request: CopyRequest, options: Waiting = {}): Promise<BlobInfo> {
    return this.#access.operate("copy", options, () => copyBlob(this.#access, request, options));
  }

  /** An address by which others read or write one blob for a while; needs `capabilities.signed`. */
  sign(key: string, request: SigningRequest, options: Waiting = {}): Promise<SignedAddress> {
    return this.#access.operate("sign", options, () => signAddress(this.#access, key, request));
  }

  /** Frees what uploads and writes left that were abandoned (`abandonedMs`). */
  sweep(options: Waiting = {}): Promise<void> {
    return this.#access.operate("sweep", options, async (driver) => {
      await sweepUploads(driver, this.#access.clock.now() - this.#abandonedMs);
      await driver.sweep(this.#abandonedMs);
    });
  }

  /**
   * Deletes old blobs that nothing refers to. Whoever refers to content stores it first, with
   * `putContent`, and writes the reference within `contentRefreshMs`; `graceMs` is at least twice that.
   * Needs `capabilities.conditionalDelete`: without it, content that is stored again could be lost.
   */
  deleteUnreferenced(
    request: UnreferencedRequest,
    options: Waiting = {},
  ): Promise<UnreferencedReport> {
    return this.#access.operate("deleteUnreferenced", options, async ({ capabilities }) => {
      checkConditionalDelete("blob.deleteUnreferenced", capabilities);
      checkGrace(request.graceMs, this.#contentRefreshMs);
      return deleteUnreferenced(this.#access, request, options);
    });
  }

  /** Refuses what comes, and closes the driver once. */
  close(): Promise<void> {
    return this.#access.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isLostRace(error: unknown): boolean {
  return isFault(error, "resource.exists") || isFault(error, "version.mismatch");
}

function checkVersion({ key, version: found }: BlobInfo, version: BlobVersion | undefined): void {
  if (version === undefined || version === found) return;
  throw versionFault("blob.open", key, { version, found });
}

function checkListing(request: BlobListRequest, limits: BlobLimits): void {
  const op = "blob.list";
  const { limit = 1, delimiter, cursor, after } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageMax) {
    const rule = "must be a whole number from 1 to the limit";
    throw refuseArgument(op, "/limit", { rule, limit: limits.pageMax });
  }
  checkText(request.prefix ?? "", { op, limits, path: "/prefix" });
  checkText(after ?? "", { op, limits, path: "/after" });
  checkText(delimiter ?? "", { op, limits, path: "/delimiter" });
  if (delimiter === "") throw refuseArgument(op, "/delimiter", { rule: "must not be empty" });
  if (cursor !== undefined && after !== undefined) {
    throw refuseArgument(op, "/after", { rule: "must not stand beside a cursor" });
  }
}

type CursorScope = Parameters<typeof openCursor>[1];

function sealPlace({ after, shown }: ListingPlace, scope: CursorScope): string {
  return sealCursor([after ?? null, shown ?? null], scope);
}

function openPlace(cursor: string, scope: CursorScope): ListingPlace {
  const place = openCursor(cursor, scope);
  if (!Array.isArray(place)) {
    throw refuseArgument("blob.list", "/cursor", { rule: "is not of this listing" });
  }
  const [after, shown] = place;
  return {
    ...(typeof after === "string" && { after }),
    ...(typeof shown === "string" && { shown }),
  };
}
