import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isFault } from "@bedplate/errors";
import { StateStore } from "@bedplate/state";
import { quantile } from "@bedplate/testkit";
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

/** Most commits that share an fsync. */
export const groupMaxOf = { grouped: 128, single: 1 } as const;

/** Commits of one checked change and one event: per second, p50 and p99 in ms, lateness of the event loop in ms. */
export async function measureCommits(
  callers: number,
  commits: keyof typeof groupMaxOf,
): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), "bedplate-bench-"));
  try {
    const driver = await openSqliteState({
      path: join(folder, "state.db"),
      groupMax: groupMaxOf[commits],
    });
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
