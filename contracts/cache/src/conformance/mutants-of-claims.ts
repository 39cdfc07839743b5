import { type Mutant, overriding } from "@bedplate/conformance";
import type { CacheDriver, DriverItem } from "../cache-driver.ts";

/** Drivers that let the wrong ones fill. */
export const claimMutants: readonly Mutant<CacheDriver>[] = [
  {
    name: "everyone wins",
    kills: ["CS20", "CS42"],
    breakDriver: (driver) =>
      overriding(driver, {
        async claim(namespace, key, claim) {
          const answer = await driver.claim?.(namespace, key, claim);
          return answer?.isWon ? answer : { isWon: true, token: "also" };
        },
      }),
  },
  {
    name: "claims have no end",
    kills: ["CS21", "CS44"],
    breakDriver: (driver) =>
      overriding(driver, {
        claim: async (namespace, key, claim) =>
          (await driver.claim?.(namespace, key, { ...claim, holdMs: 10 ** 8 })) ?? lost,
      }),
  },
  {
    name: "tokens are not looked at",
    kills: ["CS22", "CS39"],
    breakDriver: (driver) =>
      overriding(driver, {
        set: (namespace, items) => driver.set(namespace, items.map(unclaimed)),
      }),
  },
  {
    name: "every claim of a key has the same token",
    kills: ["CS22"],
    breakDriver: (driver) => claimingAlone(driver, { isSameToken: true, isEndedByWrites: true }),
  },
  {
    name: "a write or a drop leaves the claim",
    kills: ["CS39", "CS47"],
    breakDriver: (driver) => claimingAlone(driver, { isSameToken: false, isEndedByWrites: false }),
  },
  {
    name: "a fill leaves the claim",
    kills: ["CS23"],
    breakDriver: (driver) =>
      overriding(driver, {
        async set(namespace, items) {
          const answers = await driver.set(namespace, items);
          for (const { key } of items.filter(({ if: is }) => isClaim(is))) {
            await driver.claim?.(namespace, key, { holdMs: 1_000, tags: [] });
          }
          return answers;
        },
      }),
  },
  {
    name: "claims forget their tags",
    kills: ["CS40"],
    breakDriver: (driver) =>
      overriding(driver, {
        claim: async (namespace, key, claim) =>
          (await driver.claim?.(namespace, key, { ...claim, tags: [] })) ?? lost,
      }),
  },
  {
    name: "a claim that is given back stays",
    kills: ["CS43", "CS56"],
    breakDriver: (driver) => overriding(driver, { release: async () => {} }),
  },
  {
    name: "anyone may give a claim back",
    kills: ["CS56"],
    breakDriver(driver) {
      const tokens = new Map<string, string>();
      return overriding(driver, {
        async claim(namespace, key, claim) {
          const answer = (await driver.claim?.(namespace, key, claim)) ?? lost;
          if (answer.isWon) tokens.set(key, answer.token);
          return answer;
        },
        release: async (namespace, key) => driver.release?.(namespace, key, tokens.get(key) ?? ""),
      });
    },
  },
];

const lost = { isWon: false, retryInMs: 1 } as const;

function isClaim(is: DriverItem["if"]): is is { readonly claim: string } {
  return typeof is === "object" && "claim" in is;
}

function unclaimed({ if: is, ...item }: DriverItem): DriverItem {
  return isClaim(is) || is === undefined ? item : { ...item, if: is };
}

/** Keeps claims beside the driver, without their ends. */
function claimingAlone(
  driver: CacheDriver,
  options: { readonly isSameToken: boolean; readonly isEndedByWrites: boolean },
): CacheDriver {
  const held = new Map<string, string>();
  let made = 0;
  return overriding(driver, {
    async claim(namespace, key, claim) {
      const id = `${namespace} ${key}`;
      const answer = (await driver.claim?.(namespace, key, claim)) ?? lost;
      if (!answer.isWon) return answer;
      await driver.release?.(namespace, key, answer.token);
      if (!options.isSameToken && held.has(id)) return lost;
      const token = options.isSameToken ? id : `t${made++}`;
      held.set(id, token);
      return { isWon: true, token };
    },
    async release(namespace, key, token) {
      const id = `${namespace} ${key}`;
      if (held.get(id) === token) held.delete(id);
    },
    async set(namespace, items) {
      const answers = [];
      for (const item of items) {
        const id = `${namespace} ${item.key}`;
        if (isClaim(item.if) && held.get(id) !== item.if.claim) {
          answers.push({ kind: "refused" as const, actual: null });
          continue;
        }
        if (isClaim(item.if) || options.isEndedByWrites) held.delete(id);
        answers.push(...(await driver.set(namespace, [unclaimed(item)])));
      }
      return answers;
    },
  });
}
