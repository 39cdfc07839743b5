import { expect, test } from "vitest";
import type { ConformanceCase, OpenTarget } from "../src/index.ts";
import {
  awaitedLater,
  expectFault,
  expectNoTrace,
  killerOf,
  overriding,
  runCase,
  runCases,
} from "../src/index.ts";

interface Kit {
  readonly crash?: (() => void) | undefined;
}

class Counter {
  #count = 0;
  disposed = 0;

  add(by: number): number {
    this.#count += by;
    return this.#count;
  }
}

const opened: Counter[] = [];
const open: OpenTarget<Counter, Kit> = async () => {
  const target = new Counter();
  opened.push(target);
  return { target, kit: {}, [Symbol.asyncDispose]: async () => void target.disposed++ };
};

const adds: ConformanceCase<Counter, Kit> = {
  id: "C01",
  law: "adding adds",
  async run(counter) {
    if (counter.add(2) !== 2) throw new Error("it did not add");
  },
};

test("each case gets a fresh target, which is disposed", async () => {
  const results = await runCases([adds, adds], open);
  expect(results.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  expect(opened.slice(-2).map((each) => each.disposed)).toEqual([1, 1]);
});

test("every verdict has its cause", async () => {
  const run = (more: Partial<ConformanceCase<Counter, Kit>>) => runCase({ ...adds, ...more }, open);
  expect(await run({ when: () => false })).toMatchObject({ verdict: "undeclared" });
  expect(await run({ controls: ["crash"] })).toMatchObject({ verdict: "blocked" });
  const failing = async () => {
    throw new Error("no");
  };
  expect(await run({ run: failing })).toMatchObject({ verdict: "fail", reason: "Error: no" });
  expect(await runCase(adds, failing)).toMatchObject({ verdict: "error" });
  const endless = { ...adds, run: () => new Promise<void>(() => {}) };
  expect(await runCase(endless, open, { timeoutMs: 5 })).toMatchObject({ verdict: "fail" });
});

test("a mutant is killed by a case of its list, or survives", async () => {
  const broken: OpenTarget<Counter, Kit> = async () => {
    const honest = await open();
    return {
      ...honest,
      target: overriding(honest.target, { add: (by) => honest.target.add(by) + 1 }),
      [Symbol.asyncDispose]: () => honest[Symbol.asyncDispose](),
    };
  };
  expect(await killerOf(["C01"], [adds], { open: broken })).toBe("C01");
  expect(await killerOf(["C02"], [adds], { open: broken })).toBeUndefined();
  expect(await killerOf(["C01"], [adds], { open })).toBeUndefined();
});

test("work that is awaited later may fail before, and still fails its case", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  const work = awaitedLater(Promise.reject(new Error("early")));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  await expect(work).rejects.toThrow("early");
});

test("the assertions refuse what they should", async () => {
  await expect(expectFault("lease.lost", Promise.resolve(1))).rejects.toThrow("got 1");
  await expect(expectFault("lease.lost", Promise.reject(new Error("x")))).rejects.toThrow("x");
  let seen = 0;
  const change = async () => seen++;
  await expect(expectNoTrace(async () => seen, change)).rejects.toThrow();
  await expectNoTrace(async () => 1, change);
});
