import { type Clock, systemClock, untilAborted } from "@bedplate/clock";
import { recordSeconds, withSpan } from "@bedplate/telemetry";
import { checkKey, checkKeys, checkSpan, checkTags } from "./cache-arguments.ts";
import { type CountChange, encodeCount } from "./cache-counting.ts";
import type {
  CacheCapabilities,
  CacheClaim,
  CacheDriver,
  CacheFinding,
  CacheHit,
  CacheLimits,
  DriverItem,
  Version,
} from "./cache-driver.ts";
import { closedFault, conditionFault, refuse, undeclared } from "./cache-faults.ts";
import {
  type CacheItem,
  type CacheLife,
  type CacheWrite,
  encodeItem,
  type UncheckedItem,
} from "./cache-item.ts";
import { type CacheTally, TallyKeeper } from "./cache-tally.ts";
import { type CacheSetResult, encodeBatch, resultsOf, writable } from "./set-batch.ts";
import { type FillOptions, type LoadValue, SingleFlight } from "./single-flight.ts";

/** Every method takes it; abort means that the caller stops waiting, not that nothing happens. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** Which key a claim is for, and the token that was won. */
export interface WonClaim {
  readonly key: string;
  readonly token: string;
}

/** How a store is bound. */
export interface CacheStoreOptions {
  /** Namespaces share nothing. Default: `default`. */
  readonly namespace?: string | undefined;
  readonly clock?: Clock | undefined;
  /** How often `getOrFill` looks whether another process has filled the key. Default: 50. */
  readonly fillPollMs?: number | undefined;
}

interface Shared {
  readonly driver: CacheDriver;
  readonly clock: Clock;
  readonly closing: AbortController;
  readonly keeper: TallyKeeper;
  readonly flights: SingleFlight;
}

const namespacePattern = /^[a-z0-9][a-z0-9._/-]{0,127}$/;

/**
 * Bytes that may be forgotten at any time, over one driver and in one namespace. What it answers is
 * never expired, torn, of another key or older than an acknowledged write.
 */
export class CacheStore implements AsyncDisposable {
  readonly namespace: string;
  #shared: Shared;

  constructor(driver: CacheDriver, options: CacheStoreOptions = {}) {
    this.namespace = checkedNamespace(options.namespace ?? "default");
    const clock = options.clock ?? systemClock;
    const closing = new AbortController();
    const keeper = new TallyKeeper();
    const pollMs = options.fillPollMs ?? 50;
    const flights = new SingleFlight({ clock, closing: closing.signal, keeper, pollMs });
    this.#shared = { driver, clock, closing, keeper, flights };
  }

  get limits(): CacheLimits {
    return this.#shared.driver.limits;
  }

  get capabilities(): CacheCapabilities {
    return this.#shared.driver.capabilities;
  }

  /** Of all namespaces of this store. */
  get tally(): CacheTally {
    return this.#shared.keeper.tally;
  }

  /** Another namespace of the same driver; closing either closes both. */
  in(namespace: string): CacheStore {
    const sibling = new CacheStore(this.#shared.driver, { namespace });
    sibling.#shared = this.#shared;
    return sibling;
  }

  /** What is cached under a key; null for a miss. */
  async get(
    key: string,
    options: Waiting & { readonly allowStale?: boolean | undefined } = {},
  ): Promise<CacheHit | null> {
    const [hit] = await this.getMany([key], options);
    return hit ?? null;
  }

  /** What is cached under some keys, in their order. With `allowStale` also what may only be shown so. */
  getMany(
    keys: readonly string[],
    options: Waiting & { readonly allowStale?: boolean | undefined } = {},
  ): Promise<readonly (CacheHit | null)[]> {
    return this.#operate("get", options, async (driver) => {
      const { limits, capabilities } = driver;
      checkKeys(keys, { verb: "get", path: "/keys", limits });
      const allowStale = options.allowStale ?? false;
      if (allowStale && capabilities.stale === undefined) throw undeclared("get", "stale");
      const findings = await driver.get(this.namespace, [...keys]);
      return this.#hitsOf(findings, allowStale);
    });
  }

  /** Writes one entry. Throws `version.mismatch` when its condition does not hold. */
  async set(key: string, value: Uint8Array, options: CacheWrite & Waiting): Promise<Version> {
    const item = { ...options, key, value };
    return this.#operate("set", options, async (driver) => {
      const encoded = this.#encode(item, "");
      const [answer] = await this.#write(driver, [encoded]);
      if (answer?.kind === "stored") return answer.version;
      const actual = answer?.actual ?? null;
      throw conditionFault(item.if, { subject: this.#subject(key), actual });
    });
  }

  /** Writes some entries in their order, each of them or not, and says of each how it went. */
  setMany(items: readonly CacheItem[], options: Waiting = {}): Promise<readonly CacheSetResult[]> {
    return this.#operate("set", options, async (driver) => {
      const batch = encodeBatch(items, driver);
      const good = writable(batch);
      const answers = good.length === 0 ? [] : await this.#write(driver, good);
      return resultsOf(batch, answers, (key) => this.#subject(key));
    });
  }

  /** Forgets keys and ends their claims; answers how many could have been read. */
  drop(keys: readonly string[], options: Waiting = {}): Promise<number> {
    return this.#operate("drop", options, (driver) => {
      checkKeys(keys, { verb: "drop", path: "/keys", limits: driver.limits });
      this.#shared.flights.forget(this.namespace, (flight) => keys.includes(flight.key));
      return driver.drop(this.namespace, [...new Set(keys)]);
    });
  }

  /** Hides every entry that was written with the tag; those written later are shown. */
  dropTag(tag: string, options: Waiting = {}): Promise<void> {
    return this.#operate("drop", options, async (driver) => {
      if (driver.capabilities.tags === undefined) throw undeclared("drop", "tags");
      checkKey(tag, { verb: "drop", path: "/tag", limits: driver.limits });
      this.#shared.flights.forget(this.namespace, (flight) => flight.tags.includes(tag));
      await driver.dropTag?.(this.namespace, tag);
    });
  }

  /** Adds to a counter, which begins at 0, and answers what it is then. */
  count(key: string, change: CountChange & Waiting): Promise<number> {
    return this.#operate("count", change, async (driver) => {
      if (driver.count === undefined || driver.capabilities.counters === undefined) {
        throw undeclared("count", "counters");
      }
      checkKey(key, { verb: "count", path: "/key", limits: driver.limits });
      return driver.count(this.namespace, key, encodeCount(change, driver.limits));
    });
  }

  /** Asks for the right to fill a key; at most one holds it at a time. */
  claim(
    key: string,
    options: Waiting & { readonly holdMs: number; readonly tags?: readonly string[] | undefined },
  ): Promise<CacheClaim> {
    return this.#operate("claim", options, async (driver) => {
      const { limits, capabilities } = driver;
      if (driver.claim === undefined || capabilities.claims === undefined) {
        throw undeclared("claim", "claims");
      }
      const { holdMs } = options;
      checkKey(key, { verb: "claim", path: "/key", limits });
      checkSpan(holdMs, { verb: "claim", path: "/holdMs" }, capabilities.claims.holdMsMax);
      const tags = checkTags(options.tags, { verb: "claim", path: "/tags", limits }, capabilities);
      return driver.claim(this.namespace, key, { holdMs, tags });
    });
  }

  /**
   * Writes what a claim was for and ends it; null records that there is nothing. Answers false, and
   * has stored nothing, when the claim was lost: its time was over, or the key or a tag of the claim
   * was written or dropped.
   */
  fill(
    { key, token }: WonClaim,
    value: Uint8Array | null,
    options: CacheLife & Waiting,
  ): Promise<boolean> {
    return this.#operate("fill", options, async (driver) => {
      if (driver.capabilities.claims === undefined) throw undeclared("fill", "claims");
      const { ttlMs, staleMs } = options;
      const item = { key, value, ttlMs, staleMs, if: { claim: token } };
      const encoded = encodeItem(item, this.#context("fill", ""));
      const [answer] = await driver.set(this.namespace, [encoded]);
      return answer?.kind === "stored";
    });
  }

  /** Gives a claim back unused, so that the next one need not wait for its end. */
  release({ key, token }: WonClaim, options: Waiting = {}): Promise<void> {
    return this.#operate("release", options, async (driver) => {
      if (driver.capabilities.claims === undefined) throw undeclared("release", "claims");
      checkKey(key, { verb: "release", path: "/key", limits: driver.limits });
      await driver.release?.(this.namespace, key, token);
    });
  }

  /**
   * The cached value, or what `load` answers, which is then cached. Of many callers one loads: of this
   * process always, of all processes with `claims`. A load that fails rejects all who wait for it and
   * stores nothing. When the cache is unavailable, the load is done without it.
   */
  async getOrFill(
    key: string,
    load: LoadValue,
    options: FillOptions & Waiting,
  ): Promise<Uint8Array | null> {
    this.#encode({ ...options, key, value: null }, "");
    options.signal?.throwIfAborted();
    return this.#shared.flights.getOrFill(this, { key, load, options });
  }

  /** Refuses what comes and closes the driver once. */
  async close(): Promise<void> {
    const { closing, driver } = this.#shared;
    if (closing.signal.aborted) return;
    closing.abort(closedFault("fill"));
    await driver[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #hitsOf(findings: readonly CacheFinding[], allowStale: boolean): readonly (CacheHit | null)[] {
    const { keeper } = this.#shared;
    const hits = findings.map((each) => {
      if (each === null || each === "corrupt") return null;
      return each.isStale && !allowStale ? null : each;
    });
    const misses = hits.filter((each) => each === null).length;
    keeper.add("misses", this.namespace, misses);
    keeper.add("hits", this.namespace, hits.length - misses);
    const corrupt = findings.filter((each) => each === "corrupt").length;
    keeper.add("corrupt", this.namespace, corrupt);
    return hits;
  }

  #encode(item: UncheckedItem, path: string): DriverItem {
    return encodeItem(item, this.#context("set", path));
  }

  #context(verb: "set" | "fill", path: string) {
    const { limits, capabilities } = this.#shared.driver;
    return { verb, path, limits, capabilities };
  }

  #write(driver: CacheDriver, items: readonly DriverItem[]) {
    const keys = new Set(items.map(({ key }) => key));
    this.#shared.flights.forget(this.namespace, (flight) => keys.has(flight.key));
    return driver.set(this.namespace, items);
  }

  #subject(key: string): string {
    return `${this.namespace}/${key}`;
  }

  async #operate<T>(
    verb: string,
    { signal }: Waiting,
    work: (driver: CacheDriver) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const { driver, clock, closing } = this.#shared;
    if (closing.signal.aborted) throw closedFault(verb);
    const startedMs = clock.monotonic();
    try {
      return await withSpan(`cache.${verb}`, { "bedplate.cache.namespace": this.namespace }, () =>
        untilAborted(work(driver), signal),
      );
    } finally {
      recordSeconds(`bedplate_cache_${verb}_seconds`, (clock.monotonic() - startedMs) / 1000, {});
    }
  }
}

function checkedNamespace(namespace: string): string {
  if (namespacePattern.test(namespace)) return namespace;
  const rule = `must match ${namespacePattern.source}`;
  throw refuse({ verb: "open", path: "/namespace", rule });
}
