import { type Mutant, overriding } from "@bedplate/conformance";
import type { CacheDriver, CacheFinding, CacheHit } from "../cache-driver.ts";

/** Drivers that read wrongly. */
export const entryMutants: readonly Mutant<CacheDriver>[] = [
  {
    name: "namespaces are one",
    kills: ["CS04"],
    breakDriver: (driver) =>
      overriding(driver, {
        get: (_, keys) => driver.get("one", keys),
        set: (_, items) => driver.set("one", items),
        drop: (_, keys) => driver.drop("one", keys),
      }),
  },
  {
    name: "namespace and key are joined by a slash",
    kills: ["CS04"],
    breakDriver: (driver) =>
      overriding(driver, {
        get: (namespace, keys) =>
          driver.get(
            "one",
            keys.map((key) => `${namespace}/${key}`),
          ),
        set: (namespace, items) =>
          driver.set(
            "one",
            items.map((item) => ({ ...item, key: `${namespace}/${item.key}` })),
          ),
      }),
  },
  {
    name: "buffers are shared with callers",
    kills: ["CS03"],
    breakDriver: shareBuffers,
  },
  findingMutant("empty values are misses", ["CS18"], (hit) =>
    hit.value?.byteLength === 0 ? null : hit,
  ),
  findingMutant("a negative hit is an empty value", ["CS19"], (hit) => ({
    ...hit,
    value: hit.value ?? new Uint8Array(),
  })),
  findingMutant("a stale entry passes for a fresh one", ["CS17"], (hit) => ({
    ...hit,
    isStale: false,
  })),
  findingMutant("a stale entry is never shown", ["CS17"], (hit) => (hit.isStale ? null : hit)),
  findingMutant("no entry has an age", ["CS07"], (hit) => ({ ...hit, ageMs: 0 })),
  findingMutant("a value loses its last byte", ["CS02", "CS54"], (hit) => ({
    ...hit,
    value: hit.value?.slice(0, -1) ?? null,
  })),
  {
    name: "a miss answers what was read last",
    kills: ["CS13", "CS54"],
    breakDriver(driver) {
      let last: CacheFinding = null;
      return overriding(driver, {
        async get(namespace, keys) {
          const found = await driver.get(namespace, keys);
          last = found.find((each) => each !== null) ?? last;
          return found.map((each) => each ?? last);
        },
      });
    },
  },
  {
    name: "a miss is an empty value",
    kills: ["CS01"],
    breakDriver: (driver) =>
      overriding(driver, {
        async get(namespace, keys) {
          const empty = { value: new Uint8Array(), version: "none", ageMs: 0, isStale: false };
          return (await driver.get(namespace, keys)).map((each) => each ?? empty);
        },
      }),
  },
  {
    name: "findings are in the order of the keys' texts",
    kills: ["CS12"],
    breakDriver: (driver) =>
      overriding(driver, { get: (namespace, keys) => driver.get(namespace, keys.toSorted()) }),
  },
  {
    name: "readers see a write one read late",
    kills: ["CS15", "CS16"],
    breakDriver: readLate,
  },
  {
    name: "an engine that is away answers misses",
    kills: ["CS34"],
    breakDriver: (driver) =>
      overriding(driver, {
        get: (namespace, keys) => driver.get(namespace, keys).catch(() => keys.map(() => null)),
      }),
  },
];

function findingMutant(
  name: string,
  kills: readonly string[],
  change: (hit: CacheHit) => CacheFinding,
): Mutant<CacheDriver> {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, {
        async get(namespace, keys) {
          const found = await driver.get(namespace, keys);
          return found.map((each) => (each === null || each === "corrupt" ? each : change(each)));
        },
      }),
  };
}

/** Answers the same bytes again and again, so that a caller's change shows in the next answer. */
function shareBuffers(driver: CacheDriver): CacheDriver {
  const shared = new Map<string, CacheHit>();
  return overriding(driver, {
    async get(namespace, keys) {
      const found = await driver.get(namespace, keys);
      return found.map((each) => {
        if (each === null || each === "corrupt") return each;
        const first = shared.get(each.version) ?? each;
        shared.set(each.version, first);
        return first;
      });
    },
  });
}

function readLate(driver: CacheDriver): CacheDriver {
  const seen = new Map<string, CacheFinding>();
  return overriding(driver, {
    async get(namespace, keys) {
      const found = await driver.get(namespace, keys);
      return found.map((each, index) => {
        const id = `${namespace} ${keys[index]}`;
        const before = seen.get(id);
        seen.set(id, each);
        return before === undefined ? each : before;
      });
    },
  });
}
