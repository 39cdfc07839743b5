import { GroupWriter } from "@bedplate/group-commit";
import { faultOf } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { insert, op, openRig } from "./support/rig.ts";

const call = { op };

describeWithEngines("transactions on PostgreSQL", ["postgres"], () => {
  test("work that throws leaves nothing, and the connection is good", async () => {
    await using rig = await openRig({ query: "poolMax=1" });
    const work = rig.pool.inTransaction(async (within) => {
      await within.query(insert, [1]);
      throw new Error("changed my mind");
    }, call);
    await expect(work).rejects.toThrow("changed my mind");
    await rig.pool.write(insert, [2], call);
    expect(await rig.stored()).toEqual([2]);
  });

  test("a refusal that the work overlooks is not committed over", async () => {
    await using rig = await openRig();
    const work = rig.pool.inTransaction(async (within) => {
      await within.query(insert, [1]);
      await within.query({ text: "SELECT nonsense" }).catch(() => {});
    }, call);
    await expect(work).rejects.toMatchObject({ code: "42703" });
    expect(await rig.stored()).toEqual([]);
  });

  test("work that others undo is run again", async () => {
    await using rig = await openRig();
    await rig.pool.write(insert, [1], call);
    let runs = 0;
    // Nobody writes before all have read: only one of them can be right then.
    const haveAllRead = Promise.withResolvers<void>();
    const raise = () =>
      rig.pool.inTransaction(
        async (within) => {
          runs += 1;
          const { rows } = await within.query<{ readonly n: number }>({
            text: "SELECT n FROM numbers",
          });
          if (runs === 3) haveAllRead.resolve();
          await haveAllRead.promise;
          await within.query({ text: "UPDATE numbers SET n = $1" }, [(rows[0]?.n ?? 0) + 1]);
        },
        { op, isolation: "serializable" },
      );
    await Promise.all([raise(), raise(), raise()]);
    expect(await rig.stored()).toEqual([4]);
    expect(runs).toBeGreaterThan(3);
  });

  test("work that others undo all the time ends in a fault", async () => {
    await using rig = await openRig();
    await rig.pool.write(insert, [1], call);
    let runs = 0;
    const work = rig.pool.inTransaction(
      async (within) => {
        runs += 1;
        await within.query({ text: "SELECT n FROM numbers" });
        await rig.pool.write({ text: "UPDATE numbers SET n = n + 1" }, [], call);
        await within.query({ text: "UPDATE numbers SET n = n + 100" });
      },
      { op, isolation: "repeatable read" },
    );
    expect(await faultOf(work)).toMatchObject({ code: "provider.unavailable", effect: "none" });
    expect(runs).toBe(6);
    expect(await rig.stored()).toEqual([7]);
  });

  test("a read-only transaction refuses writes", async () => {
    await using rig = await openRig();
    const work = rig.pool.inTransaction((within) => within.query(insert, [1]), {
      op,
      isReadOnly: true,
    });
    expect(await faultOf(work)).toMatchObject({ code: "provider.unavailable", effect: "none" });
  });

  test("statements together all happen, with their answers in order", async () => {
    await using rig = await openRig();
    const answers = await rig.pool.writeTogether(
      [{ ...insert, values: [1] }, { text: "SELECT count(*) AS n FROM numbers" }],
      call,
    );
    expect(answers.map(({ count, rows }) => [count, rows])).toEqual([
      [1, []],
      [1, [{ n: 1 }]],
    ]);
  });

  test("statements together of which one fails leave nothing, and the connection is good", async () => {
    await using rig = await openRig({ query: "poolMax=1" });
    const statements = [1, 1, 2].map((n) => ({ ...insert, values: [n] }));
    await expect(rig.pool.writeTogether(statements, call)).rejects.toMatchObject({ code: "23505" });
    await rig.pool.write(insert, [3], call);
    expect(await rig.stored()).toEqual([3]);
  });

  test("a group of requests is one transaction", async () => {
    await using rig = await openRig();
    await using writer = new GroupWriter((requests: readonly number[]) =>
      rig.pool.writeTogether(
        requests.map((n) => ({ ...insert, values: [n] })),
        call,
      ),
    );
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    await Promise.all(numbers.map((n) => writer.submit(n)));
    expect(await rig.stored()).toEqual(numbers);
    const text = "SELECT count(DISTINCT xmin::text) AS n FROM numbers";
    expect(await rig.pool.read({ text }, [], call)).toEqual([{ n: 1 }]);
  });
});

describeWithEngines("closing a pool", ["postgres"], () => {
  test("what runs is finished, and what comes later is refused", async () => {
    await using rig = await openRig();
    const slow = rig.pool.read({ text: "SELECT 1 AS one FROM pg_sleep(0.2)" }, [], call);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = rig.pool[Symbol.asyncDispose]();
    expect(await faultOf(rig.pool.write(insert, [1], call))).toMatchObject({
      code: "resource.closed",
    });
    expect(await slow).toEqual([{ one: 1 }]);
    await closing;
    await rig.pool[Symbol.asyncDispose]();
    expect(await rig.stored()).toEqual([]);
  });

  test("an engine that stands still does not hold it up", async () => {
    await using rig = await openRig({ query: "statementTimeoutMs=500" });
    await rig.pool.ping();
    await rig.engine.freeze();
    const read = rig.pool.read({ text: "SELECT 1" }, [], call).catch((error: unknown) => error);
    await rig.pool[Symbol.asyncDispose]();
    await read;
    await rig.engine.thaw();
  });
});
