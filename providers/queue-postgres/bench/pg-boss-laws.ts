/**
 * Asks pg-boss, as it is, for some of the contract's laws. docs/decisions/0005-one-postgres-queue.md says
 * what follows. Run: node providers/queue-postgres/bench/pg-boss-laws.ts
 */
import { setTimeout as pause } from "node:timers/promises";
import { reportBench, startPostgres } from "@bedplate/testkit";
import { installPeers } from "./install-peers.ts";

interface Job {
  readonly id: string;
  readonly retryCount?: number;
}

interface Boss {
  on(event: "error", listener: () => void): void;
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string, options: object): Promise<void>;
  send(name: string, data: object, options?: object): Promise<string | null>;
  fetch(name: string, options?: object): Promise<readonly Job[]>;
  complete(name: string, job: string | object): Promise<{ readonly affected?: number }>;
  touch(name: string, id: string): Promise<unknown>;
  fail(name: string, id: string, data: object): Promise<unknown>;
  supervise(name: string): Promise<void>;
  getJobById(name: string, id: string): Promise<object | null>;
}

const { require, reason } = installPeers();
if (require === undefined) throw new Error(`Cannot ask pg-boss: ${reason}`);
const { PgBoss } = require("pg-boss") as { PgBoss: new (options: object) => Boss };

await using engine = await startPostgres();
const boss = new PgBoss({ connectionString: engine.url, supervise: false });
boss.on("error", () => {});
await boss.start();
const rows: (readonly [law: string, seen: string])[] = [];
let queues = 0;

/** A queue whose leases are as short as pg-boss allows. */
async function makeQueue(): Promise<string> {
  const name = `q${queues++}`;
  await boss.createQueue(name, { expireInSeconds: 1, retryLimit: 5, retryDelay: 0 });
  return name;
}

async function supervised(name: string): Promise<readonly Job[]> {
  await boss.supervise(name);
  return boss.fetch(name);
}

async function leaseEnds(): Promise<void> {
  const name = await makeQueue();
  await boss.send(name, {});
  const [job] = await boss.fetch(name);
  await pause(1_300);
  const again = await boss.fetch(name);
  rows.push(["WQ06 a job is ready again at the end of its lease", `fetch gives ${again.length}`]);
  const settled = await boss.complete(name, { id: job?.id, retryCount: 0 });
  rows.push(["WQ07 a settle after the end is refused", `complete affects ${settled.affected}`]);
}

async function extend(): Promise<void> {
  const name = await makeQueue();
  await boss.send(name, {});
  const [job] = await boss.fetch(name);
  await pause(700);
  await boss.touch(name, job?.id ?? "");
  await pause(700);
  const again = await supervised(name);
  rows.push(["WQ10, WQ62 extend holds the job", `given to another after touch: ${again.length}`]);
}

async function groups(): Promise<void> {
  const name = await makeQueue();
  for (let i = 0; i < 2; i++) await boss.send(name, {}, { group: { id: "g" } });
  const jobs = await boss.fetch(name, { batchSize: 2 });
  rows.push(["WQ23 of a group one job is held", `fetch gives ${jobs.length} of one group`]);
}

async function ageing(): Promise<void> {
  const name = await makeQueue();
  const old = await boss.send(name, {}, { priority: 0 });
  await pause(1_000);
  await boss.send(name, {}, { priority: 1 });
  const [first] = await boss.fetch(name);
  rows.push(["WQ22 waiting outranks priority", `the oldest is first: ${first?.id === old}`]);
}

async function history(): Promise<void> {
  const name = await makeQueue();
  const id = (await boss.send(name, {})) ?? "";
  for (const reasonText of ["first", "second"]) {
    await boss.fetch(name);
    await boss.fail(name, id, { reason: reasonText });
  }
  const text = JSON.stringify(await boss.getJobById(name, id));
  const kept = ["first", "second"].filter((each) => text.includes(each));
  rows.push(["WQ54 inspect tells every attempt", `reasons kept: ${kept.join(", ")}`]);
}

for (const ask of [leaseEnds, extend, groups, ageing, history]) await ask();
await boss.stop({ graceful: false });
reportBench("pg-boss laws", { columns: ["law", "pg-boss 12.38.0"], rows });
