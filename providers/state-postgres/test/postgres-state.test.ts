import { killerOf } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { migrateDownOne, migrateUp } from "@bedplate/postgres";
import { StateStore } from "@bedplate/state";
import { durableStateMutants, stateConformance } from "@bedplate/state/conformance";
import { type Engine, eventually, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresState, provider, stateMigrations } from "../src/index.ts";
import { listStatement } from "../src/read-statements.ts";
import { host, openSchema, openSubject } from "./support/rig.ts";

describeWithEngines("state on PostgreSQL", ["postgres"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startPostgres();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  describeConformance({
    name: "state-postgres",
    cases: stateConformance,
    open: () => openSubject(engine),
    timeoutMs: 100_000,
    blocked: { SS56: "the engine's disk is not ours to fill" },
  });

  const mutants = durableStateMutants.filter(({ kills }) => !kills.includes("SS56"));
  test.for(mutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
    const options = { open: () => openSubject(engine, breakDriver), timeoutMs: 5_000 };
    expect(kills).toContain(await killerOf(kills, stateConformance, options));
  });

  test("the tables come and go with their migrations", async () => {
    await using schema = await openSchema(engine);
    const tables = async () => {
      const text = "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename LIKE 'state\\_%'";
      return (await schema.pool.read({ text }, [schema.pool.schema], { op: "test" })).length;
    };
    expect(await migrateUp(schema.pool, stateMigrations)).toBe(1);
    expect(await tables()).toBe(5);
    expect(await migrateDownOne(schema.pool, stateMigrations)).toBe(0);
    expect(await tables()).toBe(0);
    expect(await migrateUp(schema.pool, stateMigrations)).toBe(1);
  });

  test("commits of one turn share a transaction, and each stands alone", async () => {
    await using schema = await openSchema(engine);
    await using store = new StateStore(await openPostgresState({ url: schema.url, host }));
    const value = new Uint8Array(1);
    await store.commit({ ops: [{ put: "there", value }] });
    const all = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) =>
        store.commit({
          checks: [{ key: "there", is: i % 2 === 0 ? "absent" : "present" }],
          ops: [{ put: `k${i}`, value }],
        }),
      ),
    );
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(50);
    expect(await store.head()).toBe(51);
    const text = "SELECT DISTINCT xmin::text FROM state_entries";
    const transactions = await schema.pool.read({ text }, [], { op: "test" });
    expect(transactions.length).toBeLessThan(10);
  });

  test("drivers that race for the keys of a namespace lose no commit", async () => {
    await using schema = await openSchema(engine);
    await using one = new StateStore(await openPostgresState({ url: schema.url, host }));
    await using other = new StateStore(await openPostgresState({ url: schema.url, host }));
    const countUp = async (store: StateStore, key: string) => {
      for (let done = 0; done < 20; ) {
        const found = await store.get(key);
        const count = found === null ? 1 : (found.value[0] ?? 0) + 1;
        const is = found === null ? "absent" : { version: found.version };
        const ops = [{ put: key, value: Uint8Array.of(count) }, { delete: `${key}-none` }];
        const committed = store.commit({ checks: [{ key, is }], ops });
        await committed.then(
          () => done++,
          () => {},
        );
      }
    };
    const keys = ["a", "b", "c"];
    await Promise.all(keys.flatMap((key) => [countUp(one, key), countUp(other, key)]));
    const entries = await one.getMany(keys);
    expect(entries.map((entry) => entry?.value[0])).toEqual([40, 40, 40]);
    expect(await other.head()).toBe(120);
  });

  test("a commit looks up its keys, however many entries there are", async () => {
    await using schema = await openSchema(engine);
    await using store = new StateStore(await openPostgresState({ url: schema.url, host }));
    const many = Array.from({ length: 5_000 }, (_, i) => `k${i}`);
    await store.commit({ ops: many.map((put) => ({ put, value: new Uint8Array(1) })) });
    const text = "SELECT idx_tup_read AS read FROM pg_stat_user_indexes WHERE indexrelname = $1";
    const readSoFar = async () => {
      await schema.pool.read({ text: "SELECT pg_stat_force_next_flush()" }, [], { op: "test" });
      const [row] = await schema.pool.read<{ readonly read: number }>(
        { text: `${text} AND schemaname = '${schema.pool.schema}'` },
        ["state_entries_pkey"],
        { op: "test" },
      );
      return Number(row?.read);
    };
    const before = await readSoFar();
    for (let i = 0; i < 50; i++) {
      await store.commit({ ops: [{ put: `k${i}`, value: new Uint8Array(2) }] });
    }
    await store.close();
    await eventually("the statistics are told", async () => (await readSoFar()) > before);
    expect((await readSoFar()) - before).toBeLessThan(5_000);
  });

  test("a page of many entries is read along the index, while the engine knows nothing of the table", async () => {
    await using schema = await openSchema(engine);
    await using store = new StateStore(await openPostgresState({ url: schema.url, host }));
    const many = Array.from({ length: 5_000 }, (_, i) => `k${String(i).padStart(4, "0")}`);
    await store.commit({ ops: many.map((put) => ({ put, value: new Uint8Array(1) })) });
    for (const reverse of [false, true]) {
      const { name, text } = listStatement({ end: null, reverse });
      const plan = await schema.pool.inTransaction(
        async (within) => {
          await within.query({ text: "SET LOCAL plan_cache_mode = force_generic_plan" });
          const types = "(bigint, text, bigint, bytea)";
          await within.query({ text: `PREPARE "plan-${name}" ${types} AS ${text}` });
          const explain = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
            EXECUTE "plan-${name}" (NULL, 'default', 100, '\\x00')`;
          return JSON.stringify((await within.query({ text: explain })).rows);
        },
        { op: "test" },
      );
      expect(plan).toContain('"Index Name":"state_entries_pkey"');
      expect(plan).not.toMatch(/"Actual Rows":5000/);
    }
  });

  test("what nobody can see any more is removed", async () => {
    await using schema = await openSchema(engine);
    const url = `${schema.url}&historyCommitsMax=20`;
    await using store = new StateStore(await openPostgresState({ url, host }));
    for (let i = 0; i < 60; i++) {
      await store.commit({ ops: [{ put: "a", value: new Uint8Array(1) }] });
    }
    await eventually("the old changes are removed", async () => {
      const text = "SELECT 1 FROM state_changes";
      return (await schema.pool.read({ text }, [], { op: "test" })).length < 30;
    });
  });

  test("a driver opens by its URL, and a scratch place leaves no schema", async () => {
    const schemas = async () => {
      await using schema = await openSchema(engine);
      const text = "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'scratch%'";
      return (await schema.pool.read({ text }, [], { op: "test" })).length;
    };
    const before = await schemas();
    const place = await provider.openScratch(`${engine.url}?poolMax=2`, host);
    const one = new StateStore(await place.open());
    const other = new StateStore(await place.open());
    await one.commit({ ops: [{ put: "a", value: new Uint8Array(1) }] });
    expect([await other.head(), one.limits.historyCommitsMax]).toEqual([1, 64]);
    await one.close();
    await other.close();
    await place[Symbol.asyncDispose]();
    expect(await schemas()).toBe(before);
    await expect(provider.open(`${engine.url}?group=1`, host)).rejects.toMatchObject({
      code: "argument.invalid",
    });
  });
});
