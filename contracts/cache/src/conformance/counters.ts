import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import { bytes, type CacheCase, hasCounters, put, shortMs, ttlMs } from "./cache-case.ts";

/** Counters. */
export const counterCases: readonly CacheCase[] = [
  {
    id: "CS25",
    law: "1,000 concurrent changes sum up",
    when: hasCounters,
    async run(cache, kit) {
      const other = await kit.second();
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) =>
          (i % 2 === 0 ? cache : other).count("n", { by: 1, ttlMs }),
        ),
      );
      strictEqual(new Set(answers).size, 1_000);
      strictEqual(await cache.count("n", { by: 0, ttlMs }), 1_000);
      strictEqual(await cache.count("n", { by: -1_001, ttlMs }), -1);
      strictEqual(await cache.in("elsewhere").count("n", { ttlMs }), 1);
    },
  },
  {
    id: "CS26",
    law: "a counter stops at its floor and its ceiling, and never passes them",
    when: hasCounters,
    async run(cache) {
      const many = (by: number) =>
        Promise.all(
          Array.from({ length: 50 }, () => cache.count("n", { by, ttlMs, floor: -20, ceil: 100 })),
        );
      const up = await many(7);
      strictEqual(Math.max(...up), 100);
      const down = await many(-7);
      strictEqual(Math.min(...down), -20);
      ok(down.every((each) => each >= -20 && each <= 100));
      const most = Number.MAX_SAFE_INTEGER;
      strictEqual(await cache.count("m", { by: most, ttlMs }), most);
      strictEqual(await cache.count("m", { by: most, ttlMs }), most);
      strictEqual(await cache.count("m", { by: -1, ttlMs }), most - 1);
      strictEqual(await cache.count("l", { by: -most, ttlMs }), -most);
      for (const wrong of [0.5, Number.NaN, 2 ** 53]) {
        await expectFault("argument.invalid", cache.count("n", { by: wrong, ttlMs }));
      }
      await expectFault("argument.invalid", cache.count("n", { ttlMs, floor: 2, ceil: 1 }));
    },
  },
  {
    id: "CS27",
    law: "a counter lives from its first change; it has an end from that step on",
    when: hasCounters,
    async run(cache, kit) {
      await cache.count("n", { ttlMs: shortMs });
      // A slow machine may find that the counter has ended already; a second one has a long life.
      if ((await cache.count("n", { ttlMs: shortMs })) === 2) await cache.count("n", { ttlMs });
      await kit.clock.advance(shortMs + cache.capabilities.granularityMs);
      strictEqual(await cache.count("n", { ttlMs }), 1);
      await expectFault("argument.invalid", cache.count("n", { ttlMs: 0 }));
    },
  },
  {
    id: "CS28",
    law: "a repeat under the same key counts once and answers as the first time",
    when: hasCounters,
    async run(cache, kit) {
      const other = await kit.second();
      const change = { by: 5, ttlMs, idempotencyKey: "k" };
      strictEqual(await cache.count("n", change), 5);
      await cache.count("n", { ttlMs });
      deepStrictEqual(
        await Promise.all([cache.count("n", change), other.count("n", change)]),
        [5, 5],
      );
      strictEqual(await cache.count("n", { by: 0, ttlMs }), 6);
      strictEqual(await cache.count("m", change), 5);
      const racers = Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? cache : other).count("r", { ttlMs, idempotencyKey: "one" }),
      );
      strictEqual(new Set(await Promise.all(racers)).size, 1);
      await expectFault("argument.invalid", cache.count("n", { ttlMs, idempotencyKey: "" }));
    },
  },
  {
    id: "CS58",
    law: "a counter is no entry: neither sees or forgets the other",
    when: hasCounters,
    async run(cache) {
      await cache.count("a", { ttlMs });
      strictEqual(await cache.get("a"), null);
      await put(cache, "a");
      strictEqual(await cache.count("a", { ttlMs }), 2);
      await cache.drop(["a"]);
      strictEqual(await cache.count("a", { ttlMs }), 3);
      await cache.set("a", bytes("x"), { ttlMs, if: "absent" });
    },
  },
];
