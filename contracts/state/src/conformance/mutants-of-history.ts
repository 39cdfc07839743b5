import { type Mutant, overriding } from "@bedplate/conformance";
import type { DriverHistory, StateChange, StateDriver } from "../state-driver.ts";

/** Drivers whose watchers see something else than what happened. */
export const historyMutants: readonly Mutant<StateDriver>[] = [
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
    name: "the history forgets a commit too early",
    kills: ["SS44", "SS46"],
    breakDriver: (driver) =>
      overriding(driver, {
        async history(namespace, from) {
          const read = await driver.history(namespace, from);
          const oldest = Math.max(read.oldest, read.revision - driver.limits.historyCommitsMax + 1);
          return { ...read, oldest: Math.max(0, oldest) };
        },
      }),
  },
  changesMutant("a watch drops deletes", ["SS42", "SS46"], (changes) =>
    changes.filter(({ entry }) => entry !== null),
  ),
  changesMutant("an end looks like a delete", ["SS52"], (changes) =>
    changes.map((each) => (each.cause === "expired" ? { ...each, cause: "delete" } : each)),
  ),
  changesMutant("a commit of many changes shows the first", ["SS42", "SS62"], (changes) =>
    changes.slice(0, 1),
  ),
  historyMutant("a watch shows a commit twice", ["SS41"], (read) => ({
    ...read,
    commits: read.commits.flatMap((each) => [each, each]),
  })),
  historyMutant("a watch shows commits in the wrong order", ["SS41", "SS70"], (read) => ({
    ...read,
    commits: read.commits.toReversed(),
  })),
  historyMutant("a watch leaves out the commit after a gap", ["SS41", "SS70"], (read) => ({
    ...read,
    commits: read.commits.length > 1 ? read.commits.toSpliced(-2, 1) : read.commits,
  })),
  {
    name: "a watch begins one commit too late",
    kills: ["SS43", "SS50"],
    breakDriver: (driver) =>
      overriding(driver, {
        history: (namespace, { after, limit }) =>
          driver.history(namespace, { after: after === 0 ? 0 : after + 1, limit }),
      }),
  },
  {
    name: "a watch finds the commits of its own process only",
    kills: ["SS37", "SS69", "SS70", "SS62"],
    breakDriver: (driver) => {
      let own = 0;
      return overriding(driver, {
        async commit(namespace, commit) {
          const answer = await driver.commit(namespace, commit);
          if (answer.kind === "committed") own = Math.max(own, answer.revision);
          return answer;
        },
        async history(namespace, from) {
          const read = await driver.history(namespace, from);
          const commits = read.commits.filter(({ revision }) => revision <= own);
          return { ...read, commits, revision: Math.min(read.revision, own) };
        },
      });
    },
  },
  {
    name: "the head is the one that was asked for first",
    kills: ["SS37", "SS48"],
    breakDriver: (driver) => {
      const heads = new Map<string, Promise<number>>();
      return overriding(driver, {
        head(namespace) {
          const head = heads.get(namespace) ?? driver.head(namespace);
          heads.set(namespace, head);
          return head;
        },
      });
    },
  },
  {
    name: "a watch after a revision that never was waits for it",
    kills: ["SS74"],
    breakDriver: (driver) =>
      overriding(driver, {
        async history(namespace, from) {
          const read = await driver.history(namespace, from);
          return { ...read, revision: Math.max(read.revision, from.after) };
        },
      }),
  },
];

function historyMutant(
  name: string,
  kills: readonly string[],
  change: (read: DriverHistory) => DriverHistory,
): Mutant<StateDriver> {
  const breakDriver = (driver: StateDriver) =>
    overriding(driver, {
      history: async (namespace, from) => change(await driver.history(namespace, from)),
    });
  return { name, kills, breakDriver };
}

function changesMutant(
  name: string,
  kills: readonly string[],
  change: (changes: readonly StateChange[]) => readonly StateChange[],
): Mutant<StateDriver> {
  return historyMutant(name, kills, (read) => ({
    ...read,
    commits: read.commits.map((each) => ({ ...each, changes: change(each.changes) })),
  }));
}
