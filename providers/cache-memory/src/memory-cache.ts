import {
  type CacheCapabilities,
  type CacheClaim,
  type CacheDriver,
  type CacheFinding,
  type CacheLimits,
  cacheLimitsDefault,
  type DriverClaim,
  type DriverCount,
  type DriverItem,
  type DriverSetAnswer,
} from "@bedplate/cache";
import { type Clock, systemClock } from "@bedplate/clock";
import { MemoryPlace } from "./memory-place.ts";

/** How the cache is kept. */
export interface MemoryCacheOptions {
  /** Its monotonic time counts, so that a machine whose date jumps keeps its entries. */
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<CacheLimits> | undefined;
  /** Room for keys, values and what is needed to keep them. Default: 64 MiB. */
  readonly bytesMax?: number | undefined;
}

/** Room of a cache that names none. */
export const bytesMaxDefault: number = 64 * 1024 * 1024;

const idempotencyMs = 10 * 60 * 1_000;

/** Opens a cache that lives as long as the process. */
export async function openMemoryCache(options: MemoryCacheOptions = {}): Promise<CacheDriver> {
  return new MemoryCache(makePlace(options));
}

/** The room that several drivers may share. */
export function makePlace(options: MemoryCacheOptions): MemoryPlace {
  const { clock = systemClock, bytesMax = bytesMaxDefault } = options;
  const limits = { ...cacheLimitsDefault, ...options.limits };
  // A value that is nearly as large as the cache would only push everything out.
  const valueBytesMax = Math.min(limits.valueBytesMax, Math.floor(bytesMax / 4));
  return new MemoryPlace({ clock, limits: { ...limits, valueBytesMax }, bytesMax, idempotencyMs });
}

/** The cache contract over the memory of one process. */
export class MemoryCache implements CacheDriver {
  readonly limits: CacheLimits;
  readonly capabilities: CacheCapabilities;
  readonly #place: MemoryPlace;

  constructor(place: MemoryPlace) {
    this.#place = place;
    this.limits = place.options.limits;
    this.capabilities = {
      retains: true,
      granularityMs: 0,
      coherence: "strong",
      stale: { msMax: this.limits.ttlMsMax },
      tags: { perEntryMax: 16 },
      counters: { idempotencyMs },
      claims: { holdMsMax: 60 * 60 * 1_000 },
    };
  }

  async get(namespace: string, keys: readonly string[]): Promise<readonly CacheFinding[]> {
    return keys.map((key) => this.#place.find(entryId(namespace, key)));
  }

  async set(namespace: string, items: readonly DriverItem[]): Promise<readonly DriverSetAnswer[]> {
    return items.map((item) =>
      this.#place.write(entryId(namespace, item.key), item, tagIds(namespace, item.tags)),
    );
  }

  async drop(namespace: string, keys: readonly string[]): Promise<number> {
    return keys.filter((key) => this.#place.drop(entryId(namespace, key))).length;
  }

  async dropTag(namespace: string, tag: string): Promise<void> {
    this.#place.dropTag(tagId(namespace, tag));
  }

  async count(namespace: string, key: string, change: DriverCount): Promise<number> {
    return this.#place.count(`c${namespace}\n${key}`, change);
  }

  async claim(namespace: string, key: string, claim: DriverClaim): Promise<CacheClaim> {
    return this.#place.claim(entryId(namespace, key), claim, tagIds(namespace, claim.tags));
  }

  async release(namespace: string, key: string, token: string): Promise<void> {
    this.#place.release(entryId(namespace, key), token);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

// A namespace holds no line end, so no two pairs make the same id.
function entryId(namespace: string, key: string): string {
  return `e${namespace}\n${key}`;
}

function tagId(namespace: string, tag: string): string {
  return `${namespace}\n${tag}`;
}

function tagIds(namespace: string, tags: readonly string[]): readonly string[] {
  return tags.map((tag) => tagId(namespace, tag));
}
