/**
 * Jobs per second, beside other queues with the same durability: every answered call is on disk. All
 * of them are measured in turns, each with an engine to itself that is started for it and goes with it;
 * the first round warms up. Run: node providers/queue-postgres/bench/peers.bench.ts
 */
import { engineAbsence, quantile, reportBench, startPostgres, startRedis } from "@bedplate/testkit";
import type { Contender } from "./contender.ts";
import { openFloor } from "./floor.ts";
import { installPeers } from "./install-peers.ts";
import { openOurs } from "./ours.ts";
import { openBullMq, openGraphile, openPgBoss } from "./peers.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 1_000);
const drainJobs = Number(process.env["BENCH_DRAIN"] ?? 3_000);
const rounds = 3;
const batch = Array.from({ length: 100 }, () => "x".repeat(200));
const [text = ""] = batch;

async function perSecond(producers: number, step: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  let count = 0;
  const produce = async () => {
    for (; performance.now() < startedMs + measureMs; count++) await step();
  };
  await Promise.all(Array.from({ length: producers }, produce));
  return (count / (performance.now() - startedMs)) * 1_000;
}

async function drainRate(contender: Contender, workers: number): Promise<number> {
  await contender.drain(16);
  for (let left = drainJobs; left > 0; left -= batch.length) await contender.enqueueMany(batch);
  const startedMs = performance.now();
  await contender.drain(workers);
  return (drainJobs / (performance.now() - startedMs)) * 1_000;
}

/** What a column measures, of those that can do it. */
const cells: readonly ((contender: Contender) => Promise<number>)[] = [
  (contender) => perSecond(1, () => contender.enqueue(text)),
  (contender) => perSecond(16, () => contender.enqueue(text)),
  async (contender) => (await perSecond(1, () => contender.enqueueMany(batch))) * batch.length,
  (contender) => drainRate(contender, 1),
  (contender) => drainRate(contender, 4),
];

await using held = new AsyncDisposableStack();
const { require, reason } = installPeers();
const notes = [
  `Medians of ${rounds} rounds in turns, ${measureMs} ms per enqueue cell, ${drainJobs} jobs per drain cell, 200 B payloads.`,
];
if (reason !== undefined) notes.push(`Peers are left out: ${reason}.`);

async function openOnPostgres<C extends AsyncDisposable>(
  open: (url: string) => Promise<C>,
): Promise<C> {
  const engine = held.use(await startPostgres({ settings: { shared_buffers: "128MB" } }));
  return held.use(await open(engine.url));
}

const ours = await openOnPostgres(openOurs);
const floor = await openOnPostgres(openFloor);
const peers: Contender[] = [];
if (require !== undefined) {
  peers.push(await openOnPostgres((url) => openPgBoss(url, require)));
  peers.push(await openOnPostgres((url) => openGraphile(url, require)));
  const absence = engineAbsence("redis");
  if (absence === undefined) {
    const redis = held.use(await startRedis());
    peers.push(held.use(await openBullMq(redis.url, require)));
  } else notes.push(`BullMQ is left out: ${absence}.`);
}

const columns = new Map<string, number[][]>();
function note(name: string, rates: readonly number[]): void {
  const known = columns.get(name) ?? rates.map(() => []);
  columns.set(name, known);
  for (const [index, rate] of rates.entries()) known[index]?.push(rate);
}

for (let round = 0; round <= rounds; round++) {
  const isWarm = round > 0;
  for (const contender of [ours, ...peers]) {
    const rates: number[] = [];
    for (const cell of cells) rates.push(await cell(contender));
    if (isWarm) note(contender.name, rates);
  }
  const one = await perSecond(1, () => floor.insert(text));
  const sixteen = await perSecond(16, () => floor.insert(text));
  if (isWarm) note("an INSERT by hand", [one, sixteen]);
}

reportBench("queue peers", {
  columns: [
    "queue",
    "enqueue/s, 1",
    "enqueue/s, 16",
    "batch of 100, jobs/s",
    "drain/s, 1",
    "drain/s, 4",
  ],
  rows: [...columns].map(([name, rates]) => [
    name,
    ...cells.map((_, index) => {
      const all = rates[index];
      return all === undefined ? "" : Math.round(quantile(all, 0.5));
    }),
  ]),
  notes,
});
