import { type Mutant, overriding } from "@bedplate/conformance";
import type { DriverRead, StateDriver, StateEntry } from "../state-driver.ts";

/** Drivers that answer reads wrongly. */
export const readMutants: readonly Mutant<StateDriver>[] = [
  {
    name: "an absent key reads as an empty value",
    kills: ["SS01"],
    breakDriver: (driver) =>
      overriding(driver, {
        async getMany(namespace, asked) {
          const read = await driver.getMany(namespace, asked);
          const entries = read.entries.map(
            (entry, i) => entry ?? emptyOf(asked.keys[i] ?? new Uint8Array()),
          );
          return { ...read, entries };
        },
      }),
  },
  {
    name: "namespaces are one",
    kills: ["SS15"],
    breakDriver: (driver) =>
      overriding(driver, {
        getMany: (_, keys) => driver.getMany("one", keys),
        list: (_, range) => driver.list("one", range),
        commit: (_, commit) => driver.commit("one", commit),
        head: () => driver.head("one"),
      }),
  },
  listMutant("a range holds its end", ["SS08"], (range) => ({
    ...range,
    end: range.end && Uint8Array.of(...range.end, 0),
  })),
  listMutant("a prefix that ends in ff has no end", ["SS07"], (range) => ({
    ...range,
    end: range.end?.length === 1 ? null : range.end,
  })),
  listMutant("reverse is not looked at", ["SS09"], (range) => ({ ...range, reverse: false })),
  listMutant("a page is as long as it likes", ["SS10"], (range) => ({ ...range, limit: 1_000 })),
  pageMutant("keys are in signed byte order", ["SS06"], (entries) =>
    entries.toSorted((a, b) => Buffer.compare(signed(a.key), signed(b.key))),
  ),
  {
    name: "a page leaves out its last key",
    kills: ["SS11", "SS12"],
    breakDriver: (driver) =>
      overriding(driver, {
        async list(namespace, range) {
          const page = await driver.list(namespace, { ...range, limit: range.limit + 1 });
          const { entries } = page;
          if (entries.length <= range.limit) return page;
          return { ...page, entries: [...entries.slice(0, range.limit - 1), ...entries.slice(-1)] };
        },
      }),
  },
  {
    name: "keys are read one by one",
    kills: ["SS39", "SS36"],
    breakDriver: (driver) =>
      overriding(driver, {
        async getMany(namespace, asked) {
          const entries: (StateEntry | null)[] = [];
          let ends = { revision: 0, oldest: 0 };
          for (const key of asked.keys) {
            const read = await driver.getMany(namespace, { ...asked, keys: [key] });
            entries.push(...read.entries);
            ends = read;
            await new Promise((resolve) => setImmediate(resolve));
          }
          return { ...ends, entries };
        },
      }),
  },
  {
    name: "reads come from a copy that lags",
    kills: ["SS37", "SS36"],
    breakDriver: (driver) => {
      const seen = new Map<string, DriverRead<readonly (StateEntry | null)[]>>();
      return overriding(driver, {
        async getMany(namespace, asked) {
          const place = `${namespace} ${asked.keys.map((key) => Buffer.from(key).toString("hex"))}`;
          const lagging = seen.get(place);
          const read = await driver.getMany(namespace, asked);
          seen.set(place, read);
          return lagging ?? read;
        },
      });
    },
  },
  {
    name: "a read says that it is newer than it is",
    kills: ["SS38"],
    breakDriver: (driver) =>
      overriding(driver, {
        getMany: async (namespace, asked) => ({
          ...(await driver.getMany(namespace, asked)),
          revision: Number.MAX_SAFE_INTEGER,
        }),
      }),
  },
  {
    name: "reads of the past are of now",
    kills: ["SS13", "SS40"],
    breakDriver: (driver) =>
      overriding(driver, {
        getMany: (namespace, { keys }) => driver.getMany(namespace, { keys }),
        list: (namespace, { at: _, ...range }) => driver.list(namespace, range),
      }),
  },
  {
    name: "what is forgotten of the past is made up",
    kills: ["SS40"],
    breakDriver: (driver) =>
      overriding(driver, {
        getMany: async (...asked) => ({ ...(await driver.getMany(...asked)), oldest: 0 }),
        list: async (...asked) => ({ ...(await driver.list(...asked)), oldest: 0 }),
      }),
  },
  { name: "buffers are shared with callers", kills: ["SS05"], breakDriver: shareBuffers },
];

type Range = Parameters<StateDriver["list"]>[1];

function listMutant(
  name: string,
  kills: readonly string[],
  change: (range: Range) => Range,
): Mutant<StateDriver> {
  const breakDriver = (driver: StateDriver) =>
    overriding(driver, { list: (namespace, range) => driver.list(namespace, change(range)) });
  return { name, kills, breakDriver };
}

function pageMutant(
  name: string,
  kills: readonly string[],
  change: (entries: readonly StateEntry[]) => readonly StateEntry[],
): Mutant<StateDriver> {
  const breakDriver = (driver: StateDriver) =>
    overriding(driver, {
      async list(namespace, range) {
        const page = await driver.list(namespace, range);
        return { ...page, entries: change(page.entries) };
      },
    });
  return { name, kills, breakDriver };
}

function emptyOf(key: Uint8Array): StateEntry {
  return { key, value: new Uint8Array(), version: "r0", revision: 0 };
}

function signed(key: Uint8Array): Uint8Array {
  return key.map((byte) => byte ^ 0x80);
}

/** Answers the same objects again and again, so that a caller's change shows in the next answer. */
function shareBuffers(driver: StateDriver): StateDriver {
  const shared = new Map<string, StateEntry>();
  const share = (entry: StateEntry) => {
    const found = shared.get(entry.version) ?? entry;
    shared.set(entry.version, found);
    return found;
  };
  return overriding(driver, {
    async getMany(namespace, keys) {
      const read = await driver.getMany(namespace, keys);
      return { ...read, entries: read.entries.map((entry) => entry && share(entry)) };
    },
    async list(namespace, range) {
      const page = await driver.list(namespace, range);
      return { ...page, entries: page.entries.map(share) };
    },
  });
}
