import { checkSpan, checkWhole } from "./cache-arguments.ts";
import type { CacheLimits, DriverCount } from "./cache-driver.ts";
import { refuse } from "./cache-faults.ts";

/** A change of a counter. */
export interface CountChange {
  /** Default: 1. */
  readonly by?: number | undefined;
  /** How long a counter lives that this change makes; it is never prolonged. */
  readonly ttlMs: number;
  /** The change stops there. Default: the lowest whole number of 53 bits. */
  readonly floor?: number | undefined;
  /** The change stops there. Default: the highest whole number of 53 bits. */
  readonly ceil?: number | undefined;
  /** Makes a repeat of the change harmless, while it is remembered. */
  readonly idempotencyKey?: string | undefined;
}

const verb = "count";
const idempotencyKeyCharactersMax = 256;

/** Checks a change and fills in what it leaves out. */
export function encodeCount(change: CountChange, limits: CacheLimits): DriverCount {
  const { by = 1, ttlMs, idempotencyKey } = change;
  const { floor = Number.MIN_SAFE_INTEGER, ceil = Number.MAX_SAFE_INTEGER } = change;
  checkWhole(by, { verb, path: "/by" });
  checkWhole(floor, { verb, path: "/floor" });
  checkWhole(ceil, { verb, path: "/ceil" });
  if (floor > ceil) throw refuse({ verb, path: "/floor", rule: "must not be above /ceil" });
  checkSpan(ttlMs, { verb, path: "/ttlMs" }, limits.ttlMsMax);
  if (idempotencyKey === undefined) return { by, ttlMs, floor, ceil };
  checkIdempotencyKey(idempotencyKey);
  return { by, ttlMs, floor, ceil, idempotencyKey };
}

function checkIdempotencyKey(key: string): void {
  if (key !== "" && key.length <= idempotencyKeyCharactersMax && key.isWellFormed()) return;
  const rule = "must be a text of 1 to 256 characters";
  throw refuse({ verb, path: "/idempotencyKey", rule });
}
