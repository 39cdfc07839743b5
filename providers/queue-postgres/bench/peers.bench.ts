/**
 * Jobs per second, beside other queues with the same durability: every answered call is on disk. Each
 * queue drains as many jobs as the last step enqueued. Engines are started for it and go with it.
 * Run: node providers/queue-postgres/bench/peers.bench.ts
 */
import { engineAbsence, reportBench, startPostgres, startRedis } from "@bedplate/testkit";
import type { Contender } from "./contender.ts";
import { openFloor } from "./floor.ts";
import { installPeers } from "./install-peers.ts";
import { openOurs } from "./ours.ts";
import { openBullMq, openGraphile, openPgBoss } from "./peers.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 3_000);
const drainJobs = Number(process.env["BENCH_DRAIN"] ?? 3_000);
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

async function measure(contender: Contender): Promise<readonly (string | number)[]> {
  await using _closed = contender;
  const one = await perSecond(1, () => contender.enqueue(text));
  const sixteen = await perSecond(16, () => contender.enqueue(text));
  const many = (await perSecond(1, () => contender.enqueueMany(batch))) * batch.length;
  const alone = await drainRate(contender, 1);
  const four = await drainRate(contender, 4);
  return [contender.name, ...[one, sixteen, many, alone, four].map(Math.round)];
}

/** An insert by hand, in the place of an enqueue. */
async function measureFloor(): Promise<readonly (string | number)[]> {
  await using engine = await startPostgres({ settings: { shared_buffers: "128MB" } });
  await using floor = await openFloor(engine.url);
  const one = await perSecond(1, () => floor.insert(text));
  const sixteen = await perSecond(16, () => floor.insert(text));
  return ["an INSERT by hand", Math.round(one), Math.round(sixteen), "", "", ""];
}

const { require, reason } = installPeers();
const notes = [
  `${measureMs} ms per enqueue cell, ${drainJobs} jobs per drain cell, 200 B payloads.`,
];
if (reason !== undefined) notes.push(`Peers are left out: ${reason}.`);
const rows: (readonly (string | number)[])[] = [];

/** Each contender has an engine to itself. */
async function measureOnPostgres(open: (url: string) => Promise<Contender>): Promise<void> {
  await using engine = await startPostgres({ settings: { shared_buffers: "128MB" } });
  rows.push(await measure(await open(engine.url)));
}

await measureOnPostgres(openOurs);
rows.push(await measureFloor());
if (require !== undefined) {
  await measureOnPostgres((url) => openPgBoss(url, require));
  await measureOnPostgres((url) => openGraphile(url, require));
  const absence = engineAbsence("redis");
  if (absence === undefined) {
    await using redis = await startRedis();
    rows.push(await measure(await openBullMq(redis.url, require)));
  } else notes.push(`BullMQ is left out: ${absence}.`);
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
  rows,
  notes,
});
