import type { CacheCapabilities, CacheLimits } from "./cache-driver.ts";
import { refuse, undeclared } from "./cache-faults.ts";

/** Where an argument came from, and the bounds that it must keep. */
export interface ArgumentPlace {
  readonly verb: string;
  readonly path: string;
  readonly limits: CacheLimits;
}

/** The bytes of a key or tag, as UTF-8; throws `argument.invalid` when there are none or too many. */
export function checkKey(key: string, { verb, path, limits }: ArgumentPlace): number {
  if (key === "") throw refuse({ verb, path, rule: "must not be empty" });
  // A lone surrogate has no UTF-8: two different texts would become one key.
  if (!key.isWellFormed()) throw refuse({ verb, path, rule: "is no well-formed text" });
  const bytes = Buffer.byteLength(key);
  const limit = limits.keyBytesMax;
  if (bytes > limit) throw refuse({ verb, path, rule: "is too long", limit });
  return bytes;
}

/** Requires a whole number of milliseconds from 1 to the limit. */
export function checkSpan(ms: number, place: Omit<ArgumentPlace, "limits">, limit: number): void {
  if (Number.isSafeInteger(ms) && ms >= 1 && ms <= limit) return;
  throw refuse({ ...place, rule: "must be a whole number of milliseconds from 1", limit });
}

/** Requires a whole number that doubles hold exactly. */
export function checkWhole(value: number, place: Omit<ArgumentPlace, "limits">): void {
  if (Number.isSafeInteger(value)) return;
  throw refuse({ ...place, rule: "must be a whole number of at most 53 bits" });
}

/** Requires keys within the bounds of one call. */
export function checkKeys(keys: readonly string[], place: ArgumentPlace): void {
  const { verb, path, limits } = place;
  if (keys.length > limits.batchMax) {
    throw refuse({ verb, path, rule: "are too many", limit: limits.batchMax });
  }
  for (const [index, key] of keys.entries()) {
    checkKey(key, { ...place, path: `${path}/${index}` });
  }
}

/** The tags without doubles; throws when they are not declared, too many or no keys. */
export function checkTags(
  tags: readonly string[] | undefined,
  place: ArgumentPlace,
  capabilities: CacheCapabilities,
): readonly string[] {
  if (tags === undefined) return [];
  if (capabilities.tags === undefined) throw undeclared(place.verb, "tags");
  const { verb, path } = place;
  const unique = [...new Set(tags)];
  const limit = capabilities.tags.perEntryMax;
  if (unique.length > limit) throw refuse({ verb, path, rule: "are too many", limit });
  for (const [index, tag] of unique.entries()) {
    checkKey(tag, { ...place, path: `${path}/${index}` });
  }
  return unique;
}
