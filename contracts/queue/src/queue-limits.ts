import type { QueueCapabilities, QueueLimits } from "./queue-driver.ts";

/** Limits of drivers that have no narrower ones of their own. */
export const queueLimitsDefault: QueueLimits = {
  bodyBytesMax: 256 * 1024,
  batchMax: 256,
  leaseMsMin: 100,
  leaseMsMax: 60 * 60 * 1_000,
  delayMsMax: 30 * 24 * 60 * 60 * 1_000,
  attemptsMaxMax: 100,
  retainMs: 60 * 60 * 1_000,
  deadRetainMs: 14 * 24 * 60 * 60 * 1_000,
};

/** What drivers declare that can do all that the contract has; `durable` is for each to say. */
export const queueCapabilitiesFull: {
  readonly groups: true;
  readonly priorities: NonNullable<QueueCapabilities["priorities"]>;
  readonly dedupe: NonNullable<QueueCapabilities["dedupe"]>;
  readonly notify: true;
} = {
  groups: true,
  priorities: { levels: 10, agingMs: 60_000 },
  dedupe: { windowMsMax: 7 * 24 * 60 * 60 * 1_000 },
  notify: true,
};
