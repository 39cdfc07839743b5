import { errno, fail } from "../errno.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";

/** What all clocks say about their resolution: a microsecond, in nanoseconds. */
const resolutionNs = 1000n;

/** Clocks. */
export const clockCalls: WasiCalls = {
  clock_res_get({ view }: WasiContext, clock: number, result: number): number {
    if (clock >>> 0 > 3) fail(errno.inval);
    view.setU64(result, resolutionNs);
    return errno.success;
  },

  clock_time_get(context: WasiContext, clock: number, _precision: bigint, result: number): number {
    context.view.setU64(result, readClock(context, clock));
    return errno.success;
  },
};

/** The time of a clock by its number: realtime, monotonic, processor time of the process, of the thread. */
export function readClock({ clock }: WasiContext, number: number): bigint {
  if (number === 0) return clock.realtimeNs();
  if (number === 1) return clock.monotonicNs();
  return number === 2 || number === 3 ? clock.cpuNs() : fail(errno.inval);
}
