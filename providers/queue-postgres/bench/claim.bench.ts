/**
 * What leasing and acknowledging one job costs while many others wait.
 * Run: node providers/queue-postgres/bench/claim.bench.ts
 */
import { systemClock } from "@bedplate/clock";
import { openPostgresPool, readPostgresUrl } from "@bedplate/postgres";
import { WorkQueue } from "@bedplate/queue";
import { silentLog } from "@bedplate/telemetry";
import { quantile, reportBench, startPostgres } from "@bedplate/testkit";
import { openPostgresQueue } from "../src/index.ts";
import { settings } from "../src/open-postgres-queue.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 1_000);
const host = { clock: systemClock, log: silentLog, variables: {} };

await using engine = await startPostgres({ settings: { shared_buffers: "256MB" } });
await using queue = new WorkQueue(await openPostgresQueue(engine.url, host));
await using pool = await openPostgresPool(
  readPostgresUrl(`${engine.url}?statementTimeoutMs=120000`, settings),
  host,
);

async function fill(count: number): Promise<void> {
  const text = `INSERT INTO job (queue, id, state, body, priority, rank, attempts_max, enqueued_at,
      ready_at)
    SELECT 'lane', gen_random_uuid()::text, 'ready', '\\x00', 4, n, 5, n, n
    FROM generate_series(1, $1::integer) AS n`;
  await pool.write({ text }, [count], { op: "bench.fill" });
}

const rows: (string | number)[][] = [];
let waiting = 0;
for (const wanted of [1_000, 10_000, 100_000, 1_000_000]) {
  await fill(wanted - waiting);
  waiting = wanted;
  const leases: number[] = [];
  const settles: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const startedMs = performance.now();
    const jobs = await queue.lease({ queues: ["lane"], durationMs: 60_000, worker: "w" });
    const leasedMs = performance.now();
    await queue.acknowledge(jobs);
    leases.push(leasedMs - startedMs);
    settles.push(performance.now() - leasedMs);
    waiting -= jobs.length;
  }
  const figures = [leases, settles].flatMap((each) => [quantile(each, 0.5), quantile(each, 0.99)]);
  rows.push([wanted, ...figures]);
}

reportBench("claim", {
  columns: ["jobs that wait", "lease p50 ms", "p99 ms", "acknowledge p50 ms", "p99 ms"],
  rows,
  notes: [`${rounds} jobs per row, one at a time; each step is a durable commit.`],
});
