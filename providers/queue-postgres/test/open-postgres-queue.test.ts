import { migrateDownOne, migrateUp, openPostgresPool, readPostgresUrl } from "@bedplate/postgres";
import { WorkQueue } from "@bedplate/queue";
import { type Engine, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { provider } from "../src/index.ts";
import { queueMigrations } from "../src/migrations.ts";
import { settings } from "../src/open-postgres-queue.ts";
import { host } from "./postgres-harness.ts";

const minuteMs = 60_000;

describeWithEngines("queue-postgres, opened by URL", ["postgres"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startPostgres();
  }, 120_000);
  afterAll(() => engine[Symbol.asyncDispose]());

  const openPool = (query: string) =>
    openPostgresPool(readPostgresUrl(`${engine.url}?${query}`, settings), host);

  test("a scratch place is shared by its drivers, and its schema goes with it", async () => {
    {
      await using place = await provider.openScratch(engine.url, host);
      await using one = new WorkQueue(await place.open());
      await using two = new WorkQueue(await place.open());
      await one.enqueue("lane", [{ id: "a", body: new Uint8Array(3) }]);
      expect(await two.inspect("lane", "a")).toMatchObject({ state: "ready" });
    }
    await using pool = await openPool("schema=public");
    const text = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'scratch%'";
    expect(await pool.read({ text }, [], { op: "test.read" })).toEqual([]);
  });

  test("time is the engine's, however wrong a process's own clock is", async () => {
    await using place = await provider.openScratch(engine.url, host);
    await using driver = await place.open();
    const wrong = { ...host.clock, now: () => Date.now() - 10 * minuteMs };
    await using queue = new WorkQueue(driver, { clock: wrong });
    await queue.enqueue("lane", [{ id: "a", body: new Uint8Array() }]);
    const [job] = await queue.lease({ queues: ["lane"], durationMs: minuteMs, worker: "w" });
    const late = (job?.until ?? 0) - Date.now() - minuteMs;
    expect(Math.abs(late)).toBeLessThan(5 * minuteMs);
    expect(await queue.acknowledge(job === undefined ? [] : [job])).toMatchObject([{ ok: true }]);
  });

  test("the tables go up, down and up again, and a newer schema is refused", async () => {
    await using pool = await openPool("schema=steps");
    const versions = queueMigrations.steps.length;
    expect(await migrateUp(pool, queueMigrations)).toBe(versions);
    for (let left = versions - 1; left >= 0; left--) {
      expect(await migrateDownOne(pool, queueMigrations)).toBe(left);
    }
    expect(await migrateUp(pool, queueMigrations)).toBe(versions);
    const step = { name: "later", up: "SELECT 1", down: "SELECT 1" };
    await migrateUp(pool, { ...queueMigrations, steps: [...queueMigrations.steps, step] });
    await expect(provider.open(`${engine.url}?schema=steps`, host)).rejects.toMatchObject({
      code: "contract.incompatible",
    });
  });

  test("what is forgotten is removed while others work", async () => {
    await using pool = await openPool("schema=forgetting");
    await using queue = new WorkQueue(await provider.open(`${engine.url}?schema=forgetting`, host));
    const insert = `INSERT INTO job (queue, id, state, body, priority, rank, attempts_max,
        enqueued_at, ready_at, settled_at, forget_at)
      SELECT 'lane', 'old-' || n, 'done', '', 4, 0, 5, 0, 0, 1, 2 FROM generate_series(1, 6000) AS n`;
    await pool.write({ text: insert }, [], { op: "test.fill" });
    await queue.lease({ queues: ["lane"], durationMs: minuteMs, worker: "w" });
    await queue.close();
    const rows = await pool.read({ text: "SELECT id FROM job" }, [], { op: "test.read" });
    expect(rows).toEqual([]);
  });
});
