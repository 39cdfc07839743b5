import type { CacheLimits } from "./cache-driver.ts";

/** Limits of drivers that have no narrower ones of their own. */
export const cacheLimitsDefault: CacheLimits = {
  keyBytesMax: 512,
  valueBytesMax: 4 * 1024 * 1024,
  batchMax: 256,
  batchBytesMax: 16 * 1024 * 1024,
  ttlMsMax: 366 * 24 * 60 * 60 * 1_000,
};
