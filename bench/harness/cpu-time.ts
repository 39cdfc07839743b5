import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Ticks per second of the counters in `/proc`; 100 on every common kernel. */
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/**
 * CPU time of a process with all its threads, in milliseconds (`utime` and `stime` of
 * proc_pid_stat(5)); NaN where there is no `/proc`.
 */
export function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is a name in parentheses, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}
