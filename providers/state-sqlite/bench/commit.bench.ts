/**
 * Commits of one checked change and one event, per second, at several numbers of concurrent callers,
 * with grouped and with single commits. Run: node providers/state-sqlite/bench/commit.bench.ts
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isFault } from "@bedplate/errors";
import { StateStore } from "@bedplate/state";
import { quantile, reportBench } from "@bedplate/testkit";
import { openSqliteState } from "../src/index.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 2_000);
const keys = 1_000;
const value = new Uint8Array(200).fill(7);

async function commitUntil(store: StateStore, caller: number, endMs: number): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let i = 0; performance.now() < endMs; i++) {
    const key = `machine/${(caller * 7_919 + i) % keys}`;
    const startedMs = performance.now();
    const entry = await store.get(key);
    const is = entry === null ? "absent" : { version: entry.version };
    try {
      await store.commit({
        checks: [{ key, is }],
        ops: [
          { put: key, value },
          { put: `event/${caller}/${i}`, value },
        ],
      });
      latenciesMs.push(performance.now() - startedMs);
    } catch (error) {
      if (!isFault(error, "version.mismatch")) throw error;
    }
  }
  return latenciesMs;
}

async function measure(callers: number, groupMax: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "bedplate-bench-"));
  try {
    const driver = await openSqliteState({ path: join(folder, "state.db"), groupMax });
    await using store = new StateStore(driver);
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const startedMs = performance.now();
    const endMs = startedMs + measureMs;
    const all = Array.from({ length: callers }, (_, each) => commitUntil(store, each, endMs));
    const latenciesMs = (await Promise.all(all)).flat();
    const perSecond = (latenciesMs.length / (performance.now() - startedMs)) * 1_000;
    const loopMs = loop.percentile(99) / 1e6 - 1;
    const latency = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
    return [Math.round(perSecond), ...latency, loopMs];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const rows: (string | number)[][] = [];
for (const callers of [1, 16, 64]) {
  for (const [name, groupMax] of [
    ["grouped", 128],
    ["single", 1],
  ] as const) {
    rows.push([callers, name, ...(await measure(callers, groupMax))]);
  }
}
reportBench("commit", {
  columns: ["callers", "commits", "commits/s", "p50 ms", "p99 ms", "event loop late p99 ms"],
  rows,
});
