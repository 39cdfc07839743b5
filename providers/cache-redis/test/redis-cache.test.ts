import type { CacheDriver } from "@bedplate/cache";
import { cacheConformance } from "@bedplate/cache/conformance";
import { killerOf, type Mutant, overriding } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { isFault } from "@bedplate/errors";
import type { Engine } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHarness, startCacheEngine } from "./redis-harness.ts";

/** Broken in ways that only an engine of its own can show; the others run in `cache-memory`. */
const mutants: readonly Mutant<CacheDriver>[] = [
  {
    name: "damaged bytes are no miss",
    kills: ["CS35"],
    breakDriver(driver) {
      const last = new Map<string, Awaited<ReturnType<CacheDriver["get"]>>[number]>();
      return overriding(driver, {
        async set(namespace, items) {
          const answers = await driver.set(namespace, items);
          for (const { key } of items)
            last.set(key, (await driver.get(namespace, [key]))[0] ?? null);
          return answers;
        },
        get: async (namespace, keys) =>
          (await driver.get(namespace, keys)).map((each, index) =>
            each === "corrupt" ? (last.get(keys[index] ?? "") ?? null) : each,
          ),
      });
    },
  },
  {
    name: "a count is sent again when its answer is lost",
    kills: ["CS48"],
    breakDriver: (driver) =>
      overriding(driver, {
        async count(namespace, key, { idempotencyKey: _, ...change }) {
          for (;;) {
            try {
              return (await driver.count?.(namespace, key, change)) ?? 0;
            } catch (error) {
              if (!isFault(error, "provider.indeterminate")) throw error;
            }
          }
        },
      }),
  },
  {
    name: "a lost engine is an empty one",
    kills: ["CS34", "CS45"],
    breakDriver: (driver) =>
      overriding(driver, {
        get: (namespace, keys) => driver.get(namespace, keys).catch(() => keys.map(() => null)),
      }),
  },
];

describeWithEngines("cache-redis", ["redis"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startCacheEngine();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  describeConformance({
    name: "cache-redis",
    cases: cacheConformance,
    open: () => openHarness(engine),
    blocked: { CS52: "the engine's clock cannot jump a month" },
  });

  test.for(mutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
    const options = { open: () => openHarness(engine, breakDriver), timeoutMs: 8_000 };
    const killer = await killerOf(kills, cacheConformance, options);
    expect(kills).toContain(killer);
  });
});
