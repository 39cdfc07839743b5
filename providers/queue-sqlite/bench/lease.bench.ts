/**
 * Jobs that are enqueued, leased and acknowledged one by one, per second, at several numbers of
 * workers and of jobs that wait. Run: node providers/queue-sqlite/bench/lease.bench.ts
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkQueue } from "@bedplate/queue";
import { reportBench } from "@bedplate/testkit";
import { openSqliteQueue } from "../src/index.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 2_000);
const body = new Uint8Array(200).fill(7);
const batchMax = 256;

async function cycleUntil(queue: WorkQueue, endMs: number): Promise<number> {
  let count = 0;
  for (; performance.now() < endMs; count++) {
    await queue.enqueue("lane", [{ body }]);
    const jobs = await queue.lease({ queues: ["lane"], durationMs: 60_000, worker: "w" });
    await queue.acknowledge(jobs);
  }
  return count;
}

async function measure(workers: number, waiting: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "bedplate-bench-"));
  try {
    await using queue = new WorkQueue(await openSqliteQueue({ path: join(folder, "queue.db") }));
    for (let left = waiting; left > 0; left -= batchMax) {
      const jobs = Array.from({ length: Math.min(left, batchMax) }, () => ({ body }));
      await queue.enqueue("lane", jobs);
    }
    const startedMs = performance.now();
    const endMs = startedMs + measureMs;
    const all = Array.from({ length: workers }, () => cycleUntil(queue, endMs));
    const count = (await Promise.all(all)).reduce((sum, each) => sum + each, 0);
    return (count / (performance.now() - startedMs)) * 1_000;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const rows: number[][] = [];
for (const [workers, waiting] of [
  [1, 0],
  [16, 0],
  [64, 0],
  [16, 1_000],
  [16, 100_000],
] as const) {
  rows.push([workers, waiting, Math.round(await measure(workers, waiting))]);
}
reportBench("lease", {
  columns: ["workers", "jobs that wait", "jobs/s"],
  rows,
  notes: ["A job is enqueued, leased and acknowledged: three durable commits, shared by groups."],
});
