import {
  type CacheCapabilities,
  type CacheDriver,
  type CacheFinding,
  type CacheLimits,
  cacheLimitsDefault,
  type DriverItem,
  type DriverSetAnswer,
} from "@bedplate/cache";

/** Opens a cache that forgets everything at once. A system works the same with it, only slower. */
export async function openMissingCache(limits: Partial<CacheLimits> = {}): Promise<CacheDriver> {
  return new MissingCache({ ...cacheLimitsDefault, ...limits });
}

/** Keeps the contract by never knowing anything. */
export class MissingCache implements CacheDriver {
  readonly limits: CacheLimits;
  readonly capabilities: CacheCapabilities = {
    retains: false,
    granularityMs: 0,
    coherence: "strong",
  };
  #written = 0;

  constructor(limits: CacheLimits) {
    this.limits = limits;
  }

  async get(_namespace: string, keys: readonly string[]): Promise<readonly CacheFinding[]> {
    return keys.map(() => null);
  }

  async set(_namespace: string, items: readonly DriverItem[]): Promise<readonly DriverSetAnswer[]> {
    return items.map(({ if: is }) =>
      is === undefined || is === "absent"
        ? { kind: "stored", version: `${this.#written++}` }
        : { kind: "refused", actual: null },
    );
  }

  async drop(): Promise<number> {
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
