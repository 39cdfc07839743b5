import type { StateLimits } from "./state-driver.ts";

/** Limits of drivers that have no narrower ones of their own. */
export const stateLimitsDefault: StateLimits = {
  keyBytesMax: 1_024,
  valueBytesMax: 4 * 1024 * 1024,
  commitItemsMax: 8_192,
  commitBytesMax: 16 * 1024 * 1024,
  pageMax: 1_000,
  historyCommitsMax: 100_000,
  idempotencyMs: 24 * 60 * 60 * 1_000,
};

/** Longest life of an entry that ends by itself, where a driver has no shorter one: 366 days. */
export const ttlMsMaxDefault: number = 366 * 24 * 60 * 60 * 1_000;

/** Limits of a scratch place: suites read to the end of the history, which must not be far. */
export function scratchLimits(limits: Partial<StateLimits>): Partial<StateLimits> {
  const { historyCommitsMax = scratchHistoryMax } = limits;
  return { ...limits, historyCommitsMax: Math.min(historyCommitsMax, scratchHistoryMax) };
}

const scratchHistoryMax = 64;
