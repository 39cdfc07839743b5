import { faultOf, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import {
  migrateDownOne,
  migrateUp,
  openPostgresPool,
  openScratchSchema,
  type PostgresMigration,
  readPostgresUrl,
} from "../src/index.ts";
import { host, op, settings } from "./support/rig.ts";

const call = { op };
const first: PostgresMigration = {
  name: "make",
  up: "CREATE TABLE things (id int); CREATE INDEX things_id ON things (id)",
  down: "DROP TABLE things",
};
const second: PostgresMigration = {
  name: "name them",
  up: "ALTER TABLE things ADD COLUMN name text",
  down: "ALTER TABLE things DROP COLUMN name",
};
const steps = [first, second];
const things = { component: "things", steps };

const open = (url: string) => openPostgresPool(readPostgresUrl(url, settings), host);

describeWithEngines("migrations of PostgreSQL", ["postgres"], () => {
  test("up makes the schema and every step, once; down takes one step back", async () => {
    await using engine = await startPostgres();
    await using pool = await open(`${engine.url}?schema=user`);
    expect(await migrateUp(pool, things)).toBe(2);
    expect(await migrateUp(pool, things)).toBe(2);
    await pool.write({ text: "INSERT INTO things VALUES (1, 'one')" }, [], call);
    expect(await migrateDownOne(pool, things)).toBe(1);
    expect(await pool.read({ text: "SELECT * FROM things" }, [], call)).toEqual([{ id: 1 }]);
    expect(await migrateUp(pool, things)).toBe(2);
    expect(await migrateDownOne(pool, things)).toBe(1);
    expect(await migrateDownOne(pool, things)).toBe(0);
    expect(await migrateDownOne(pool, things)).toBe(0);
  });

  test("processes that start together migrate once", async () => {
    await using engine = await startPostgres();
    await using stack = new AsyncDisposableStack();
    const pools = await Promise.all([1, 2, 3, 4].map(() => open(engine.url)));
    for (const pool of pools) stack.use(pool);
    expect(await Promise.all(pools.map((pool) => migrateUp(pool, things)))).toEqual([2, 2, 2, 2]);
  });

  test("components share a schema and keep their own versions", async () => {
    await using engine = await startPostgres();
    await using pool = await open(engine.url);
    const others = {
      component: "others",
      steps: [{ name: "o", up: "CREATE TABLE o ()", down: "DROP TABLE o" }],
    };
    expect(await migrateUp(pool, things)).toBe(2);
    expect(await migrateUp(pool, others)).toBe(1);
    expect(await migrateDownOne(pool, things)).toBe(1);
    expect(await migrateUp(pool, others)).toBe(1);
  });

  test("tables of a newer release, or of another history, are refused", async () => {
    await using engine = await startPostgres();
    await using pool = await open(engine.url);
    await migrateUp(pool, things);
    const older = { component: "things", steps: [first] };
    const other = { component: "things", steps: [first, { ...second, name: "other" }] };
    for (const each of [older, other]) {
      const refusal = { code: "contract.incompatible", detail: { there: "version 2 (name them)" } };
      expect(await faultOf(migrateUp(pool, each))).toMatchObject(refusal);
      expect(await faultOf(migrateDownOne(pool, each))).toMatchObject(refusal);
    }
  });

  test("a step that fails leaves the version before it, and the tables too", async () => {
    await using engine = await startPostgres();
    await using pool = await open(engine.url);
    await migrateUp(pool, { component: "things", steps: [first] });
    const broken = { ...second, up: `${second.up}; SELECT nonsense` };
    const work = migrateUp(pool, { component: "things", steps: [first, broken] });
    await expect(work).rejects.toMatchObject({ code: "42703" });
    expect(await migrateUp(pool, things)).toBe(2);
  });

  test("a role that may only read and write rows opens what is migrated already", async () => {
    await using engine = await startPostgres();
    await using pool = await open(engine.url);
    await migrateUp(pool, things);
    const text = `CREATE ROLE worker LOGIN PASSWORD 'worker'; GRANT USAGE ON SCHEMA bedplate TO worker;
      GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA bedplate TO worker`;
    await pool.write({ text }, [], call);
    await using worker = await open(engine.url.replace(/\/\/.*@/, "//worker:worker@"));
    expect(await migrateUp(worker, things)).toBe(2);
    await migrateDownOne(pool, things);
    expect(await faultOf(migrateUp(worker, things))).toMatchObject({ code: "provider.denied" });
  });

  test("a scratch schema is a place of its own, and leaves nothing", async () => {
    await using engine = await startPostgres();
    await using pool = await open(engine.url);
    const count = { text: "SELECT count(*) AS n FROM pg_namespace WHERE nspname LIKE 'scratch%'" };
    const scratch = openScratchSchema(`${engine.url}?poolMax=2`, { host, settings });
    {
      await using there = await open(scratch.url);
      await migrateUp(there, things);
      expect(await pool.read(count, [], call)).toEqual([{ n: 1 }]);
    }
    await scratch[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
    expect(await pool.read(count, [], call)).toEqual([{ n: 0 }]);
  });
});
