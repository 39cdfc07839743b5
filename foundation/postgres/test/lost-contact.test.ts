import { eventually, faultOf } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { insert, op, openPool, openRig, type Rig } from "./support/rig.ts";

const call = { op };
const unavailable = { code: "provider.unavailable", effect: "none", op };
const indeterminate = { code: "provider.indeterminate", effect: "unknown", retry: "refresh", op };

/** Cuts connections that nobody uses, and lets the pool see it. */
async function cutIdle(rig: Rig) {
  rig.wire.cut();
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Starts a write that waits inside the engine, and resolves when it is there. */
async function startSlowWrite(rig: Rig) {
  const text = "INSERT INTO numbers SELECT 7 FROM pg_sleep(30)";
  const fault = faultOf(rig.pool.write({ text }, [], call));
  const running = {
    text: "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid()",
  };
  let pid = 0;
  await eventually("the write waits", async () => {
    await using looker = await openPool(rig.engine.url, "poolMax=1");
    pid = (await looker.read<{ readonly pid: number }>(running, [], call))[0]?.pid ?? 0;
    return pid !== 0;
  });
  return { fault, pid };
}

describeWithEngines("lost contact with PostgreSQL", ["postgres"], () => {
  test("no connection: unavailable, and nothing happened", async () => {
    await using rig = await openRig();
    await cutIdle(rig);
    rig.wire.refuse();
    expect(await faultOf(rig.pool.write(insert, [1], call))).toMatchObject(unavailable);
    expect(await faultOf(rig.pool.read({ text: "SELECT 1" }, [], call))).toMatchObject(unavailable);
    rig.wire.accept();
    await rig.pool.write(insert, [2], call);
    expect(await rig.stored()).toEqual([2]);
  });

  test("a write whose answer is lost is indeterminate, and is not sent again", async () => {
    await using rig = await openRig();
    await rig.pool.ping();
    rig.wire.cutAfter("to-client", 0);
    expect(await faultOf(rig.pool.write(insert, [1], call))).toMatchObject(indeterminate);
    rig.wire.resume();
    expect(await rig.stored()).toEqual([1]);
  });

  test("a write that is lost on its way is indeterminate too: nobody can tell", async () => {
    await using rig = await openRig();
    await rig.pool.ping();
    rig.wire.cutAfter("to-server", 0);
    expect(await faultOf(rig.pool.write(insert, [1], call))).toMatchObject(indeterminate);
    expect(await rig.stored()).toEqual([]);
  });

  test("a read is tried again on a connection of its own, once", async () => {
    await using rig = await openRig({ query: "poolMax=1" });
    const answer = rig.pool.read({ text: "SELECT 1 AS one FROM pg_sleep(0.2)" }, [], call);
    await new Promise((resolve) => setTimeout(resolve, 50));
    rig.wire.cut();
    expect(await answer).toEqual([{ one: 1 }]);
    rig.wire.cutAfter("to-client", 0);
    expect(await faultOf(rig.pool.read({ text: "SELECT 1" }, [], call))).toMatchObject(unavailable);
  });

  test("an engine that is killed under a write leaves it indeterminate, and comes back", async () => {
    await using rig = await openRig();
    const { fault } = await startSlowWrite(rig);
    await rig.engine.kill();
    expect(await fault).toMatchObject(indeterminate);
    expect(await faultOf(rig.pool.ping())).toMatchObject({ code: "provider.unavailable" });
    await rig.engine.restart();
    await rig.pool.write(insert, [1], call);
    expect(await rig.stored()).toEqual([1]);
  });

  test("an administrator's shutdown under a write leaves it indeterminate", async () => {
    await using rig = await openRig();
    const { fault, pid } = await startSlowWrite(rig);
    await rig.pool.read({ text: "SELECT pg_terminate_backend($1)" }, [pid], call);
    expect(await fault).toMatchObject(indeterminate);
    expect(await rig.stored()).toEqual([]);
  });

  test("an engine that stands still is given up on, and a write to it is indeterminate", async () => {
    await using rig = await openRig({ query: "statementTimeoutMs=500" });
    await rig.pool.ping();
    await rig.engine.freeze();
    const write = faultOf(rig.pool.write(insert, [1], call));
    expect(await write).toMatchObject(indeterminate);
    await rig.engine.thaw();
    await rig.pool.ping();
  });
});

describeWithEngines("lost contact inside a transaction", ["postgres"], () => {
  test("before COMMIT nothing happened, and the work is run again", async () => {
    await using rig = await openRig();
    let runs = 0;
    await rig.pool.inTransaction(async (within) => {
      await within.query(insert, [1]);
      if (++runs === 1) rig.wire.cut();
      await within.query(insert, [2]);
    }, call);
    expect(runs).toBe(2);
    expect(await rig.stored()).toEqual([1, 2]);
  });

  test("before COMMIT, for good: unavailable, effect none", async () => {
    await using rig = await openRig();
    const fault = await faultOf(
      rig.pool.inTransaction(async (within) => {
        await within.query(insert, [1]);
        rig.wire.refuse();
        rig.wire.cut();
        await within.query(insert, [2]);
      }, call),
    );
    expect(fault).toMatchObject(unavailable);
    expect(await rig.stored()).toEqual([]);
  });

  test("a COMMIT whose answer is lost is indeterminate", async () => {
    await using rig = await openRig();
    const fault = await faultOf(
      rig.pool.inTransaction(async (within) => {
        await within.query(insert, [1]);
        rig.wire.cutAfter("to-client", 0);
      }, call),
    );
    expect(fault).toMatchObject(indeterminate);
    expect(await rig.stored()).toEqual([1]);
  });

  test("statements together whose answers are lost are indeterminate", async () => {
    await using rig = await openRig();
    await rig.pool.ping();
    rig.wire.cutAfter("to-client", 0);
    const statements = [1, 2].map((n) => ({ ...insert, values: [n] }));
    expect(await faultOf(rig.pool.writeTogether(statements, call))).toMatchObject(indeterminate);
    expect([[], [1, 2]]).toContainEqual(await rig.stored());
  });
});
