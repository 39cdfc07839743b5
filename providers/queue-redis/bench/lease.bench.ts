/**
 * Jobs that are enqueued, leased and acknowledged one by one, per second, at several numbers of
 * workers and of jobs that wait, on a server that syncs each write and on one that does not.
 * Run: node providers/queue-redis/bench/lease.bench.ts
 */
import { systemClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { silentLog } from "@bedplate/telemetry";
import { quantile, reportBench, startRedis } from "@bedplate/testkit";
import { openRedisQueue } from "../src/index.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 2_000);
const body = new Uint8Array(200).fill(7);
const batchMax = 256;
const host = { clock: systemClock, log: silentLog, variables: {} };

async function cycleUntil(queue: WorkQueue, endMs: number): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  while (performance.now() < endMs) {
    const fromMs = performance.now();
    await queue.enqueue("lane", [{ body }]);
    const jobs = await queue.lease({ queues: ["lane"], durationMs: 60_000, worker: "w" });
    await queue.acknowledge(jobs);
    latenciesMs.push(performance.now() - fromMs);
  }
  return latenciesMs;
}

async function measure(
  appendFsync: "always" | "everysec",
  { workers, waiting }: { readonly workers: number; readonly waiting: number },
): Promise<readonly number[]> {
  await using engine = await startRedis({ appendFsync });
  await using queue = new WorkQueue(await openRedisQueue(engine.url, host));
  for (let left = waiting; left > 0; left -= batchMax) {
    const jobs = Array.from({ length: Math.min(left, batchMax) }, () => ({ body }));
    await queue.enqueue("lane", jobs);
  }
  const startedMs = performance.now();
  const endMs = startedMs + measureMs;
  const all = Array.from({ length: workers }, () => cycleUntil(queue, endMs));
  const latenciesMs = (await Promise.all(all)).flat();
  const perSecond = (latenciesMs.length / (performance.now() - startedMs)) * 1_000;
  return [Math.round(perSecond), quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
}

const rows: (string | number)[][] = [];
for (const appendFsync of ["always", "everysec"] as const) {
  for (const [workers, waiting] of [
    [1, 0],
    [16, 0],
    [64, 0],
    [16, 100_000],
  ] as const) {
    rows.push([
      appendFsync,
      workers,
      waiting,
      ...(await measure(appendFsync, { workers, waiting })),
    ]);
  }
}
reportBench("queue-redis", {
  columns: ["appendfsync", "workers", "jobs that wait", "jobs/s", "p50 ms", "p99 ms"],
  rows,
  notes: ["A job is enqueued, leased and acknowledged: three scripts, over one connection."],
});
