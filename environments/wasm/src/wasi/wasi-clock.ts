/** Time for one guest, in nanoseconds. */
export interface WasiClock {
  /** Since 1970. */
  realtimeNs(): bigint;
  /** Since any moment; never goes back. */
  monotonicNs(): bigint;
  /** The processor time that the guest used. */
  cpuNs(): bigint;
  /** Lets so much time pass. */
  wait(durationNs: bigint): void;
}

/** The latest moment that a clock can show: the largest signed 64-bit number, some 292 years. */
const latestNs = 2n ** 63n - 1n;

/**
 * A clock that moves only with the guest's work and its waits, so that a run repeats itself.
 *
 * It starts at `startMs` since 1970. `workNs` says how much the guest's work so far stands for.
 */
export function createVirtualClock(options: {
  readonly startMs: number;
  readonly workNs?: (() => bigint) | undefined;
}): WasiClock {
  const startNs = BigInt(Math.trunc(options.startMs)) * 1_000_000n;
  const workNs = options.workNs ?? noWork;
  let waitedNs = 0n;
  const elapsed = (): bigint => atMost(workNs() + waitedNs, latestNs);
  return {
    realtimeNs: () => atMost(startNs + elapsed(), latestNs),
    monotonicNs: elapsed,
    cpuNs: workNs,
    wait(durationNs) {
      waitedNs = atMost(waitedNs + durationNs, latestNs);
    },
  };
}

function noWork(): bigint {
  return 0n;
}

function atMost(value: bigint, limit: bigint): bigint {
  return value < limit ? value : limit;
}
