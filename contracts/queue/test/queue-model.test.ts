import { join } from "node:path";
import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { openMemoryQueue } from "@bedplate/queue-memory";
import { openSqliteQueue } from "@bedplate/queue-sqlite";
import { openScratchFolder } from "@bedplate/testkit";
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
