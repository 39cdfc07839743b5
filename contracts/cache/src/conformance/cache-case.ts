import { fail, ok } from "node:assert/strict";
import type { ConformanceCase } from "@bedplate/conformance";
import type { CacheHit } from "../cache-driver.ts";
import type { CacheStore } from "../cache-store.ts";

/** What a harness can do to a cache from outside. */
export interface CacheKit {
  /** The cache's own time. A clock that jumps costs nothing; that of a live engine is waited for. */
  readonly clock: { now(): number; advance(ms: number): Promise<void> };
  readonly seed: string;
  /** True when `clock` jumps, so that cases may let months pass. */
  readonly virtualClock?: true | undefined;
  /** Opens the same cache as another process would. */
  second(): Promise<CacheStore>;
  /** Closes the cache and opens the same place again. */
  readonly reopen?: (() => Promise<CacheStore>) | undefined;
  /** How many bytes of values are more than the cache has room for. */
  readonly overfillBytes?: number | undefined;
  /** Lets the cache forget everything at once. */
  readonly flush?: (() => Promise<void>) | undefined;
  /** Runs `claimUntilKilled` in a process that is killed without warning after it has claimed. */
  readonly crash?: (() => Promise<void>) | undefined;
  /** Kills the engine without warning and starts it again. */
  readonly killEngine?: (() => Promise<void>) | undefined;
  /** Damages what is stored of a key in the namespace of the store. */
  readonly flipByte?: ((key: string) => Promise<void>) | undefined;
  /** Lets nothing through to the engine, or everything again. */
  readonly partition?: ((isOn: boolean) => Promise<void>) | undefined;
  /** Breaks the connection at the next request: before the engine has it, or before its answer is here. */
  readonly cut?: ((when: "before-send" | "after-send") => Promise<void>) | undefined;
  /** Delays everything that passes between cache and engine; 0 for not at all. */
  readonly slow?: ((ms: number) => Promise<void>) | undefined;
  /** Blocks this process, and with it every timer and socket, while the cache's time goes on. */
  readonly stall?: ((ms: number) => Promise<void>) | undefined;
}

export type CacheCase = ConformanceCase<CacheStore, CacheKit>;

/** How long entries live in cases that do not wait for their end. */
export const ttlMs = 60_000;

/** How long entries live in cases that do. */
export const shortMs = 500;

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of a value; null for a miss and for a negative hit. */
export function textOf(hit: CacheHit | null): string | null {
  return hit?.value ? Buffer.from(hit.value).toString() : null;
}

/** Writes a text, by default the key itself. */
export function put(cache: CacheStore, key: string, value?: string): Promise<string> {
  return cache.set(key, bytes(value ?? key), { ttlMs });
}

/** The text that is cached; null for a miss. */
export async function read(cache: CacheStore, key: string): Promise<string | null> {
  return textOf(await cache.get(key));
}

/** Claims a key that must be free, and answers the token. */
export async function win(cache: CacheStore, key: string, holdMs?: number): Promise<string> {
  const claim = await cache.claim(key, { holdMs: holdMs ?? ttlMs });
  return claim.isWon ? claim.token : fail(`"${key}" is claimed for ${claim.retryInMs} ms more`);
}

/** Everything that is to be seen of some keys, for comparison. */
export function dump(cache: CacheStore, keys: readonly string[]): Promise<readonly unknown[]> {
  return cache
    .getMany(keys)
    .then((hits) => hits.map((hit) => hit && [hit.version, textOf(hit), hit.isStale]));
}

/** Selects a case for caches whose entries can be counted on while nothing goes wrong. */
export function retains({ capabilities }: CacheStore): boolean {
  return capabilities.retains;
}

/** Selects a case for caches that promise claims. */
export function hasClaims(cache: CacheStore): boolean {
  return retains(cache) && cache.capabilities.claims !== undefined;
}

/** Selects a case for caches that promise counters. */
export function hasCounters({ capabilities }: CacheStore): boolean {
  return capabilities.counters !== undefined;
}

/** Selects a case for caches that promise tags. */
export function hasTags(cache: CacheStore): boolean {
  return retains(cache) && cache.capabilities.tags !== undefined;
}

/** The control that the case names; cases without it are not run. */
export function need<T>(control: T | undefined): T {
  ok(control !== undefined);
  return control;
}
