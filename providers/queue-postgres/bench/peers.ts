import { randomUUID } from "node:crypto";
import { type Contender, loops } from "./contender.ts";

const lane = "bench";

interface Boss {
  on(event: "error", listener: () => void): void;
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<unknown>;
  insert(name: string, jobs: readonly object[]): Promise<unknown>;
  fetch(name: string): Promise<readonly { readonly id: string }[]>;
  complete(name: string, id: string): Promise<unknown>;
}

/** pg-boss, with its own maintenance left on. */
export async function openPgBoss(url: string, require: NodeJS.Require): Promise<Contender> {
  const { PgBoss } = require("pg-boss") as { PgBoss: new (options: object) => Boss };
  const boss = new PgBoss({ connectionString: url, max: 10 });
  boss.on("error", () => {});
  await boss.start();
  await boss.createQueue(lane);
  return {
    name: "pg-boss 12.38.0",
    enqueue: (text) => boss.send(lane, { text }),
    enqueueMany: (texts) =>
      boss.insert(
        lane,
        texts.map((text) => ({ data: { text } })),
      ),
    drain: (workers) =>
      loops(workers, async () => {
        const [job] = await boss.fetch(lane);
        if (job !== undefined) await boss.complete(lane, job.id);
        return job !== undefined;
      }),
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

interface Graphile {
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJob(name: string, payload: object): Promise<unknown>;
    addJobs(jobs: readonly object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  runOnce(options: object): Promise<void>;
  readonly Logger: new (factory: () => () => void) => object;
}

/** graphile-worker; it has no call that takes a job, so its own runner drains. */
export async function openGraphile(url: string, require: NodeJS.Require): Promise<Contender> {
  const graphile = require("graphile-worker") as Graphile;
  const logger = new graphile.Logger(() => () => {});
  const utils = await graphile.makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  return {
    name: "graphile-worker 0.18.0",
    enqueue: (text) => utils.addJob(lane, { text }),
    enqueueMany: (texts) =>
      utils.addJobs(texts.map((text) => ({ identifier: lane, payload: { text } }))),
    drain: (concurrency) =>
      graphile.runOnce({
        connectionString: url,
        logger,
        concurrency,
        maxPoolSize: 10,
        noHandleSignals: true,
        taskList: { [lane]: async () => {} },
      }),
    [Symbol.asyncDispose]: () => utils.release(),
  };
}

interface Bull {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: object): Promise<unknown>;
    addBulk(jobs: readonly object[]): Promise<unknown>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    processor: null,
    options: object,
  ) => {
    getNextJob(token: string, options: object): Promise<BullJob | undefined>;
    close(): Promise<void>;
  };
}

interface BullJob {
  moveToCompleted(value: string, token: string, fetchNext: boolean): Promise<unknown>;
}

/** BullMQ on Redis. */
export async function openBullMq(url: string, require: NodeJS.Require): Promise<Contender> {
  const { Queue, Worker } = require("bullmq") as Bull;
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue(lane, { connection });
  const worker = new Worker(lane, null, { connection });
  return {
    name: "BullMQ 6.7.0, appendfsync always",
    enqueue: (text) => queue.add(lane, { text }),
    enqueueMany: (texts) => queue.addBulk(texts.map((text) => ({ name: lane, data: { text } }))),
    drain: (workers) =>
      loops(workers, async () => {
        const token = randomUUID();
        const job = await worker.getNextJob(token, { block: false });
        await job?.moveToCompleted("", token, false);
        return job !== undefined;
      }),
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queue.close();
    },
  };
}
