import { checkKey, checkSpan, checkTags } from "./cache-arguments.ts";
import type { CacheCapabilities, CacheCondition, CacheLimits, DriverItem } from "./cache-driver.ts";
import { refuse, undeclared } from "./cache-faults.ts";

/** How long an entry lives. */
export interface CacheLife {
  /** Whole milliseconds; there is no entry without an end. */
  readonly ttlMs: number;
  /** How long after that `allowStale` still shows it. Default: not at all. */
  readonly staleMs?: number | undefined;
}

/** How an entry is written. */
export interface CacheWrite extends CacheLife {
  /** `dropTag` of any of them hides the entry. */
  readonly tags?: readonly string[] | undefined;
  /** Writes only over nothing, or only over this version. */
  readonly if?: Exclude<CacheCondition, { readonly claim: string }> | undefined;
}

/** One entry of a batch. */
export interface CacheItem extends CacheWrite {
  readonly key: string;
  readonly value: Uint8Array;
}

/** What an item is checked against. */
export interface ItemContext {
  readonly verb: "set" | "fill";
  /** The item's place in the request: `/items/3`, or empty. */
  readonly path: string;
  readonly limits: CacheLimits;
  readonly capabilities: CacheCapabilities;
}

/** An item before it was checked. */
export type UncheckedItem = Omit<CacheItem, "value" | "if"> & {
  readonly value: Uint8Array | null;
  readonly if?: CacheCondition | undefined;
};

/** Checks an item against the limits and copies it, so that the caller may reuse its buffers. */
export function encodeItem(item: UncheckedItem, context: ItemContext): DriverItem {
  const { verb, path, limits, capabilities } = context;
  const at = (member: string) => ({ verb, path: `${path}/${member}`, limits });
  checkKey(item.key, at("key"));
  if ((item.value?.byteLength ?? 0) > limits.valueBytesMax) {
    throw refuse({ ...at("value"), rule: "is too long", limit: limits.valueBytesMax });
  }
  checkSpan(item.ttlMs, at("ttlMs"), limits.ttlMsMax);
  checkStale(item.staleMs, context);
  if (typeof item.if === "object" && "version" in item.if && item.if.version === "") {
    throw refuse({ ...at("if/version"), rule: "must not be empty" });
  }
  return {
    key: item.key,
    value: item.value && Uint8Array.from(item.value),
    ttlMs: item.ttlMs,
    staleMs: item.staleMs ?? 0,
    tags: checkTags(item.tags, at("tags"), capabilities),
    ...(item.if !== undefined && { if: item.if }),
  };
}

/** What an item weighs in a batch. */
export function bytesOfItem({ key, value }: DriverItem): number {
  return Buffer.byteLength(key) + (value?.byteLength ?? 0);
}

function checkStale(staleMs: number | undefined, { verb, path, capabilities }: ItemContext): void {
  if (staleMs === undefined) return;
  if (capabilities.stale === undefined) throw undeclared(verb, "stale");
  checkSpan(staleMs, { verb, path: `${path}/staleMs` }, capabilities.stale.msMax);
}
