import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Ticks per second of the counters in `/proc`; 100 on every common kernel. */
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU time of a process with all its threads, in milliseconds; NaN where there is no `/proc`. */
export function cpuMsOf(pid: number): number {
  return ticksMs(String(pid), ["utime", "stime"]);
}

/** CPU time of this process's children that have ended, in milliseconds. */
export function childCpuMs(): number {
  return ticksMs("self", ["cutime", "cstime"]);
}

/** Places of the counters in /proc/<pid>/stat after the name: proc_pid_stat(5). */
const places = { utime: 11, stime: 12, cutime: 13, cstime: 14 } as const;

function ticksMs(process: string, counters: readonly (keyof typeof places)[]): number {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, "latin1");
    // The name is in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = counters.reduce((sum, each) => sum + Number(fields[places[each]]), 0);
    return (ticks * 1000) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}
