import { WorkQueue } from "@bedplate/queue";
import { type Engine, eventually, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresQueue } from "../src/index.ts";
import { host } from "./postgres-harness.ts";

describeWithEngines("the table of jobs", ["postgres"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startPostgres({ settings: { autovacuum: "off" } });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test("is cleared of dead rows after many leases, without the engine's own vacuum", async () => {
    await using queue = new WorkQueue(await openPostgresQueue(engine.url, host));
    const body = new Uint8Array(1);
    const jobs = Array.from({ length: 256 }, () => ({ body }));
    const leased = async () => {
      await queue.enqueue("q", jobs);
      const request = { queues: ["q"], max: 256, durationMs: 60_000, worker: "w" };
      return (await queue.lease(request)).length;
    };
    expect(await leased()).toBeGreaterThan(0);
    const client = new Client({ connectionString: engine.url });
    await client.connect();
    const vacuums = async () => {
      const { rows } = await client.query(
        "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'job'",
      );
      return Number(rows[0]?.vacuum_count);
    };
    expect(await vacuums()).toBe(0);
    for (let count = 0; count < 10_000; ) count += await leased();
    await eventually("a vacuum ran", async () => (await vacuums()) > 0);
    await client.end();
  });
});
