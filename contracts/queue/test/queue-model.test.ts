import { join } from "node:path";
import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { openMemoryQueue } from "@bedplate/queue-memory";
import { openPostgresQueue } from "@bedplate/queue-postgres";
import { openRedisQueue } from "@bedplate/queue-redis";
import { openSqliteQueue } from "@bedplate/queue-sqlite";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder, startPostgres, startRedis } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import fc from "fast-check";
import { test } from "vitest";
import { actions } from "./model/actions.ts";
import { modelAgingMs as agingMs, modelLimits as limits } from "./model/model-queue.ts";
import { play } from "./model/play.ts";

test("any sequence of calls, waits and crashes on queue-memory does what the model does", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    const clock = new VirtualClock();
    const driver = await openMemoryQueue({ clock, limits, agingMs });
    await using queue = new WorkQueue(driver, { clock });
    await play({ queue, clock }, todo);
  });
  await fc.assert(property, { numRuns: 400 });
});

test("any sequence of calls, waits, crashes and openings on queue-sqlite does what the model does", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    using folder = openScratchFolder();
    const clock = new VirtualClock();
    const path = join(folder.path, "queue.db");
    const open = async () =>
      new WorkQueue(await openSqliteQueue({ path, clock, limits, agingMs }), { clock });
    let queue = await open();
    const reopen = async () => {
      await queue.close();
      queue = await open();
      return queue;
    };
    await using _last = { [Symbol.asyncDispose]: () => queue.close() };
    await play({ queue, clock, reopen }, todo);
  });
  await fc.assert(property, { numRuns: 50 });
});

describeWithEngines("queue-postgres and the model", ["postgres"], () => {
  test("any sequence of calls, waits, crashes and openings does what the model does", async () => {
    await using engine = await startPostgres();
    let schemas = 0;
    const property = fc.asyncProperty(actions, async (todo) => {
      const clock = new VirtualClock();
      const host = { clock, log: silentLog, variables: {} };
      const url = `${engine.url}?schema=model_${schemas++}`;
      const open = async () =>
        new WorkQueue(await openPostgresQueue(url, host, { clock, limits, agingMs }), { clock });
      let queue = await open();
      const reopen = async () => {
        await queue.close();
        queue = await open();
        return queue;
      };
      await using _last = { [Symbol.asyncDispose]: () => queue.close() };
      await play({ queue, clock, reopen }, todo);
    });
    await fc.assert(property, { numRuns: 25 });
  });
});

describeWithEngines("queue-redis and the model", ["redis"], () => {
  test("any sequence of calls, waits, crashes and openings does what the model does", async () => {
    await using engine = await startRedis();
    let prefixes = 0;
    const property = fc.asyncProperty(actions, async (todo) => {
      const clock = new VirtualClock();
      const host = { clock, log: silentLog, variables: {} };
      const url = `${engine.url}?keyPrefix=model-${prefixes++}:`;
      const open = async () =>
        new WorkQueue(await openRedisQueue(url, host, { clock, limits, agingMs }), { clock });
      let queue = await open();
      const reopen = async () => {
        await queue.close();
        queue = await open();
        return queue;
      };
      await using _last = { [Symbol.asyncDispose]: () => queue.close() };
      await play({ queue, clock, reopen }, todo);
    });
    await fc.assert(property, { numRuns: 50 });
  });
});
