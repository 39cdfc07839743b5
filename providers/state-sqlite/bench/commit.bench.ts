/**
 * Commits of one checked change and one event, per second, at several numbers of concurrent callers,
 * with grouped and with single commits. Run: node providers/state-sqlite/bench/commit.bench.ts
 */
import { reportBench } from "@bedplate/testkit";
import { measureCommits } from "./measure-commits.ts";

const rows: (string | number)[][] = [];
for (const callers of [1, 16, 64]) {
  for (const commits of ["grouped", "single"] as const) {
    rows.push([callers, commits, ...(await measureCommits(callers, commits))]);
  }
}
reportBench("commit", {
  columns: ["callers", "commits", "commits/s", "p50 ms", "p99 ms", "event loop late p99 ms"],
  rows,
});
