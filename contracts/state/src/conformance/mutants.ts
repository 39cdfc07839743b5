import { type Mutant, overriding } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { StateDriver } from "../state-driver.ts";
import { commitMutants } from "./mutants-of-commits.ts";
import { historyMutants } from "./mutants-of-history.ts";
import { readMutants } from "./mutants-of-reads.ts";

/** Drivers that each break one law; the suite must notice every one, over any honest driver. */
export const stateMutants: readonly Mutant<StateDriver>[] = [
  ...commitMutants,
  ...readMutants,
  ...historyMutants,
];

/** Broken drivers that show only where state is kept on a disk. */
export const durableStateMutants: readonly Mutant<StateDriver>[] = [
  {
    name: "a full disk is not told",
    kills: ["SS56"],
    breakDriver: (driver) =>
      overriding(driver, {
        async commit(namespace, commit) {
          try {
            return await driver.commit(namespace, commit);
          } catch (error) {
            if (!isFault(error, "quota.exceeded")) throw error;
            const revision = (await driver.head(namespace)) + 1;
            return { kind: "committed", revision, versions: [], replayed: false };
          }
        },
      }),
  },
  {
    name: "a damaged value is answered",
    kills: ["SS57"],
    breakDriver: (driver) =>
      overriding(driver, {
        async getMany(namespace, keys) {
          try {
            return await driver.getMany(namespace, keys);
          } catch (error) {
            if (!isFault(error, "data.corrupt")) throw error;
            const [key = new Uint8Array()] = keys.keys;
            const entry = { key, value: new Uint8Array(1), version: "r1", revision: 1 };
            return { entries: [entry], revision: 1, oldest: 0 };
          }
        },
      }),
  },
  {
    name: "a commit is acknowledged before it is written",
    kills: ["SS55", "SS32"],
    breakDriver: (driver) =>
      overriding(driver, {
        async commit(namespace, commit) {
          const revision = (await driver.head(namespace)) + 1;
          setTimeout(() => void driver.commit(namespace, commit).catch(() => {}), 60_000).unref();
          return { kind: "committed", revision, versions: [], replayed: false };
        },
      }),
  },
  {
    name: "idempotency keys are kept in memory only",
    kills: ["SS61", "SS32"],
    breakDriver: rememberInMemory,
  },
];

/** Remembers answers as long as it lives itself, and tells the honest driver no key. */
function rememberInMemory(driver: StateDriver): StateDriver {
  const answers = new Map<string, Awaited<ReturnType<StateDriver["commit"]>>>();
  return overriding(driver, {
    async commit(namespace, { idempotency, ...commit }) {
      const place = `${namespace} ${idempotency?.key}`;
      const known = answers.get(place);
      if (known?.kind === "committed") return { ...known, replayed: true };
      const answer = await driver.commit(namespace, commit);
      if (idempotency) answers.set(place, answer);
      return answer;
    },
  });
}
