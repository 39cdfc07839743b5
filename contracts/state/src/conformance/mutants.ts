import { type Mutant, overriding } from "@bedplate/conformance";
import type { DriverCommit, StateDriver } from "../state-driver.ts";

/** Drivers that each break one law; the suite must notice every one. */
export const stateMutants: readonly Mutant<StateDriver>[] = [
  commitMutant("checks are not looked at", ["SS18", "SS23"], (commit) => ({
    ...commit,
    checks: [],
  })),
  commitMutant("only the first check counts", ["SS22", "SS25"], (commit) => ({
    ...commit,
    checks: commit.checks.slice(0, 1),
  })),
  commitMutant("any version will do", ["SS19", "SS24"], (commit) => ({
    ...commit,
    checks: commit.checks.map(({ key, is }) => ({
      key,
      is: typeof is === "string" ? is : "present",
    })),
  })),
  commitMutant("the last change of a commit is lost", ["SS39", "SS42"], (commit) => ({
    ...commit,
    ops: commit.ops.length > 1 ? commit.ops.slice(0, -1) : commit.ops,
  })),
  commitMutant("fences are not looked at", ["SS34"], ({ fence: _, ...commit }) => commit),
  commitMutant("fences of all names are one", ["SS35"], (commit) =>
    commit.fence ? { ...commit, fence: { ...commit.fence, name: "one" } } : commit,
  ),
  commitMutant(
    "idempotency keys are not remembered",
    ["SS30", "SS31"],
    ({ idempotency: _, ...commit }) => commit,
  ),
  commitMutant("requests under one key are not compared", ["SS31"], (commit) =>
    commit.idempotency
      ? { ...commit, idempotency: { ...commit.idempotency, digest: "same" } }
      : commit,
  ),
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
  {
    name: "a range holds its end",
    kills: ["SS08"],
    breakDriver: (driver) =>
      overriding(driver, {
        list: (namespace, range) =>
          driver.list(namespace, { ...range, end: range.end && Uint8Array.of(...range.end, 0) }),
      }),
  },
  {
    name: "a page leaves out its last key",
    kills: ["SS11"],
    breakDriver: (driver) =>
      overriding(driver, {
        async list(namespace, range) {
          const page = await driver.list(namespace, { ...range, limit: range.limit + 1 });
          const { entries } = page;
          const isLong = entries.length > range.limit;
          return {
            ...page,
            entries: isLong
              ? [...entries.slice(0, range.limit - 1), ...entries.slice(-1)]
              : entries,
          };
        },
      }),
  },
  {
    name: "keys are read one by one",
    kills: ["SS39"],
    breakDriver: (driver) =>
      overriding(driver, {
        async getMany(namespace, keys) {
          const entries = [];
          for (const key of keys) {
            entries.push(...(await driver.getMany(namespace, [key])));
            await new Promise((resolve) => setImmediate(resolve));
          }
          return entries;
        },
      }),
  },
  {
    name: "buffers are shared with callers",
    kills: ["SS05"],
    breakDriver: shareBuffers,
  },
  {
    name: "a watch skips what was forgotten",
    kills: ["SS44", "SS45"],
    breakDriver: (driver) =>
      overriding(driver, {
        async history(namespace, from) {
          const { oldest } = await driver.history(namespace, from);
          const after = Math.max(from.after, oldest);
          return { ...(await driver.history(namespace, { ...from, after })), oldest: 0 };
        },
      }),
  },
  {
    name: "a watch drops deletes",
    kills: ["SS42", "SS46"],
    breakDriver: (driver) =>
      overriding(driver, {
        async history(namespace, from) {
          const { commits, oldest } = await driver.history(namespace, from);
          const kept = commits.map(({ revision, changes }) => ({
            revision,
            changes: changes.filter(({ entry }) => entry !== null),
          }));
          return { commits: kept, oldest };
        },
      }),
  },
  {
    name: "a watch shows a commit twice",
    kills: ["SS41"],
    breakDriver: (driver) =>
      overriding(driver, {
        async history(namespace, from) {
          const { commits, oldest } = await driver.history(namespace, from);
          return { commits: commits.flatMap((each) => [each, each]), oldest };
        },
      }),
  },
];

function commitMutant(
  name: string,
  kills: readonly string[],
  change: (commit: DriverCommit) => DriverCommit,
): Mutant<StateDriver> {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, {
        commit: (namespace, commit) => driver.commit(namespace, change(commit)),
      }),
  };
}

/** Answers the same objects again and again, so that a caller's change shows in the next answer. */
function shareBuffers(driver: StateDriver): StateDriver {
  const shared = new Map<string, Awaited<ReturnType<StateDriver["list"]>>["entries"][number]>();
  const share = (
    entry: { readonly version: string } & NonNullable<
      Awaited<ReturnType<StateDriver["getMany"]>>[number]
    >,
  ) => {
    const found = shared.get(entry.version) ?? entry;
    shared.set(entry.version, found);
    return found;
  };
  return overriding(driver, {
    getMany: async (namespace, keys) =>
      (await driver.getMany(namespace, keys)).map((entry) => entry && share(entry)),
    async list(namespace, range) {
      const page = await driver.list(namespace, range);
      return { ...page, entries: page.entries.map(share) };
    },
  });
}
