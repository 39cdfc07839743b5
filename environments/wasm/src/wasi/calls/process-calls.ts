import { errno, fail } from "../errno.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { chanceUnits } from "../work-units.ts";

/** Random bytes asked for at a time, each time after a look at fuel and clock; some 0.5 ms. */
const randomChunkBytesMax = 16_384;

const signalMax = 30;
/** `none`, and `chld`, `cont`, `urg` and `winch`: nothing happens unless a program handles them. */
const ignoredSignals: ReadonlySet<number> = new Set([0, 16, 17, 22, 27]);
/** `stop`, `tstp`, `ttin`, `ttou`: nobody could let the program go on again. */
const stoppingSignals: ReadonlySet<number> = new Set([18, 19, 20, 21]);
/** What shells add to the number of the signal that ended a program. */
const signalExitBase = 128;

/** The end of the program, chance, and giving way. */
export const processCalls: WasiCalls = {
  proc_exit(context: WasiContext, code: number): never {
    return context.end({ kind: "exit", exitCode: code >>> 0 });
  },

  proc_raise(context: WasiContext, signal: number): number {
    if (signal >>> 0 > signalMax) fail(errno.inval);
    if (ignoredSignals.has(signal)) return errno.success;
    if (stoppingSignals.has(signal)) fail(errno.notsup);
    return context.end({ kind: "signal", signal, exitCode: signalExitBase + signal });
  },

  sched_yield(): number {
    return errno.success;
  },

  random_get(context: WasiContext, buffer: number, length: number): number {
    const target = context.view.bytes(buffer, length);
    for (let done = 0; done < target.length; done += randomChunkBytesMax) {
      const count = Math.min(randomChunkBytesMax, target.length - done);
      context.spend(chanceUnits(count));
      target.set(context.random(count), done);
    }
    return errno.success;
  },
};
