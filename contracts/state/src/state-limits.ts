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
