const { hrtime } = process;

/** Milliseconds of the machine's monotonic clock: the same for all processes on it. */
export function monotonicMs(): number {
  return Number(hrtime.bigint()) / 1e6;
}
