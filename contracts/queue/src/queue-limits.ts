import type { QueueLimits } from "./queue-driver.ts";

/** Limits of drivers that have no narrower ones of their own. */
export const queueLimitsDefault: QueueLimits = {
  bodyBytesMax: 256 * 1024,
  batchMax: 256,
  leaseMsMin: 100,
  leaseMsMax: 60 * 60 * 1_000,
  delayMsMax: 30 * 24 * 60 * 60 * 1_000,
  agingMs: 60_000,
  retainMs: 60 * 60 * 1_000,
  deadRetainMs: 14 * 24 * 60 * 60 * 1_000,
};
