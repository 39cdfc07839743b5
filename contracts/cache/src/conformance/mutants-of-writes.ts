import { type Mutant, overriding } from "@bedplate/conformance";
import type { CacheDriver, DriverCount, DriverItem, DriverSetAnswer } from "../cache-driver.ts";

/** Drivers that write, drop or count wrongly. */
export const writeMutants: readonly Mutant<CacheDriver>[] = [
  itemMutant("ends are rounded up to whole seconds", ["CS07"], (item) => ({
    ...item,
    ttlMs: Math.ceil(item.ttlMs / 1_000) * 1_000 + 1_000,
  })),
  itemMutant("entries have no end", ["CS07", "CS08"], (item) => ({ ...item, ttlMs: 10 ** 9 })),
  itemMutant("entries end early", ["CS07", "CS52"], (item) => ({
    ...item,
    ttlMs: Math.min(2 ** 31 - 1, Math.ceil(item.ttlMs / 4)),
  })),
  itemMutant("conditions are not looked at", ["CS09", "CS10"], ({ if: _, ...item }) => item),
  itemMutant("any version will do", ["CS10"], ({ if: is, ...item }) =>
    typeof is === "object" && "version" in is ? item : { ...item, ...(is && { if: is }) },
  ),
  itemMutant("only the first tag counts", ["CS29", "CS30"], (item) => ({
    ...item,
    tags: item.tags.slice(0, 1),
  })),
  {
    name: "the first time to live stays",
    kills: ["CS08"],
    breakDriver(driver) {
      const first = new Map<string, number>();
      return overriding(driver, {
        set(namespace, items) {
          const changed = items.map((item) => {
            const ttlMs = first.get(item.key) ?? item.ttlMs;
            first.set(item.key, ttlMs);
            return { ...item, ttlMs };
          });
          return driver.set(namespace, changed);
        },
      });
    },
  },
  {
    name: "a refused item ends the batch",
    kills: ["CS11"],
    breakDriver: (driver) =>
      overriding(driver, {
        async set(namespace, items) {
          const answers: DriverSetAnswer[] = [];
          for (const item of items) {
            const isOver = answers.some(({ kind }) => kind === "refused");
            if (isOver) answers.push({ kind: "refused" as const, actual: null });
            else answers.push(...(await driver.set(namespace, [item])));
          }
          return answers;
        },
      }),
  },
  {
    name: "a batch is written backwards",
    kills: ["CS12"],
    breakDriver: (driver) =>
      overriding(driver, {
        set: async (namespace, items) =>
          (await driver.set(namespace, items.toReversed())).toReversed(),
      }),
  },
  {
    name: "overwriting goes through a miss",
    kills: ["CS55"],
    breakDriver: (driver) =>
      overriding(driver, {
        async set(namespace, items) {
          await driver.drop(
            namespace,
            items.map(({ key }) => key),
          );
          await new Promise((resolve) => setImmediate(resolve));
          return driver.set(namespace, items);
        },
      }),
  },
  {
    name: "a drop drops nothing",
    kills: ["CS13"],
    breakDriver: (driver) =>
      overriding(driver, {
        drop: async (namespace, keys) =>
          (await driver.get(namespace, keys)).filter((each) => each !== null).length,
      }),
  },
  {
    name: "a drop counts what was asked",
    kills: ["CS14"],
    breakDriver: (driver) =>
      overriding(driver, {
        async drop(namespace, keys) {
          await driver.drop(namespace, keys);
          return keys.length;
        },
      }),
  },
  {
    name: "a dropped tag hides nothing",
    kills: ["CS29"],
    breakDriver: (driver) => overriding(driver, { dropTag: async () => {} }),
  },
  {
    name: "a dropped tag hides what is written later",
    kills: ["CS29"],
    breakDriver(driver) {
      const dropped = new Set<string>();
      return overriding(driver, {
        async dropTag(namespace, tag) {
          dropped.add(tag);
          await driver.dropTag?.(namespace, tag);
        },
        async set(namespace, items) {
          const answers = await driver.set(namespace, items);
          const hidden = items.filter(({ tags }) => tags.some((tag) => dropped.has(tag)));
          await driver.drop(
            namespace,
            hidden.map(({ key }) => key),
          );
          return answers;
        },
      });
    },
  },
  {
    name: "what a dropped tag hid comes back with the tag",
    kills: ["CS29", "CS31"],
    breakDriver: reviveTagged,
  },
  {
    name: "a tag is forgotten with the entry that was written last",
    kills: ["CS59"],
    breakDriver(driver) {
      const last = new Map<string, string>();
      return overriding(driver, {
        set(namespace, items) {
          for (const { key, tags } of items) for (const tag of tags) last.set(tag, key);
          return driver.set(namespace, items);
        },
        async dropTag(namespace, tag) {
          const [found] = await driver.get(namespace, [last.get(tag) ?? tag]);
          if (found !== null) await driver.dropTag?.(namespace, tag);
        },
      });
    },
  },
  {
    name: "a cache that is full refuses",
    kills: ["CS32"],
    breakDriver(driver) {
      const keys = new Set<string>();
      return overriding(driver, {
        async set(namespace, items) {
          for (const { key } of items) keys.add(key);
          if (keys.size > 200) throw new Error("no room is left");
          return driver.set(namespace, items);
        },
      });
    },
  },
  itemMutant("that there is nothing is kept for a moment only", ["CS46"], (item) =>
    item.value === null ? { ...item, ttlMs: 1, staleMs: 0 } : item,
  ),
  countMutant("counters have no end", ["CS27"], (change) => ({ ...change, ttlMs: 10 ** 9 })),
  countMutant("a counter passes its ceiling", ["CS26"], (change) => ({
    ...change,
    ceil: change.ceil + 1,
  })),
  countMutant("a counter passes its floor", ["CS26"], (change) => ({
    ...change,
    floor: change.floor - 1,
  })),
  countMutant(
    "idempotency keys are not remembered",
    ["CS28"],
    ({ idempotencyKey: _, ...change }) => change,
  ),
  {
    name: "counters are read and written in two steps",
    kills: ["CS25"],
    breakDriver(driver) {
      const counters = new Map<string, number>();
      return overriding(driver, {
        async count(namespace, key, { by }) {
          const id = `${namespace} ${key}`;
          const next = (counters.get(id) ?? 0) + by;
          await new Promise((resolve) => setImmediate(resolve));
          counters.set(id, next);
          return next;
        },
      });
    },
  },
  {
    name: "a drop takes the counter along",
    kills: ["CS58"],
    breakDriver: (driver) =>
      overriding(driver, {
        async drop(namespace, keys) {
          const none = { by: 0, ttlMs: 1_000, floor: 0, ceil: 0 };
          for (const key of keys) await driver.count?.(namespace, key, none);
          return driver.drop(namespace, keys);
        },
      }),
  },
];

function itemMutant(
  name: string,
  kills: readonly string[],
  change: (item: DriverItem) => DriverItem,
): Mutant<CacheDriver> {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, { set: (namespace, items) => driver.set(namespace, items.map(change)) }),
  };
}

function countMutant(
  name: string,
  kills: readonly string[],
  change: (change: DriverCount) => DriverCount,
): Mutant<CacheDriver> {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, {
        count: async (namespace, key, asked) =>
          (await driver.count?.(namespace, key, change(asked))) ?? 0,
      }),
  };
}

/** Writes back what a drop of a tag hid, as soon as an entry with the tag is written again. */
function reviveTagged(driver: CacheDriver): CacheDriver {
  const tagged: DriverItem[] = [];
  return overriding(driver, {
    async set(namespace, items) {
      const old = tagged.filter(({ tags }) =>
        items.some((item) => item.tags.some((tag) => tags.includes(tag))),
      );
      const back = old.filter(({ key }) => items.every((item) => item.key !== key));
      await driver.set(namespace, back);
      tagged.push(...items.filter(({ tags }) => tags.length > 0));
      return driver.set(namespace, items);
    },
  });
}
