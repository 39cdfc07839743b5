import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { StateCheck } from "../state-driver.ts";
import type { StateKey } from "../state-key.ts";
import type { StateStore } from "../state-store.ts";
import { bytes, dump, put, type StateCase } from "./state-case.ts";

/** Checks, atomicity and limits of commits. */
export const compareAndSetCases: readonly StateCase[] = [
  {
    id: "SS18",
    law: "`absent` holds for an absent key, and else names what is there",
    async run(store) {
      const check = { key: "a", is: "absent" } as const;
      const { versions } = await store.commit({ checks: [check], ops: [put("a", "1")] });
      const error = await refused(store, check);
      deepStrictEqual(error, { expected: "absent", actual: versions[0] });
    },
  },
  {
    id: "SS19",
    law: "a version holds for that version, and else names what is there",
    async run(store) {
      const first = (await store.commit({ ops: [put("a", "1")] })).versions[0] as string;
      const check = { key: "a", is: { version: first } };
      const second = (await store.commit({ checks: [check], ops: [put("a", "2")] })).versions[0];
      deepStrictEqual(await refused(store, check), { expected: first, actual: second });
      await store.commit({ ops: [{ delete: "a" }] });
      deepStrictEqual(await refused(store, check), { expected: first, actual: "absent" });
    },
  },
  {
    id: "SS20",
    law: "`present` holds for any version and not for an absent key",
    async run(store) {
      const check = { key: "a", is: "present" } as const;
      deepStrictEqual(await refused(store, check), { expected: "present", actual: "absent" });
      await store.commit({ ops: [put("a", "1")] });
      await store.commit({ checks: [check], ops: [put("a", "2")] });
    },
  },
  {
    id: "SS21",
    law: "a check may name a key that the commit does not write",
    async run(store) {
      await store.commit({ ops: [put("guard")] });
      await store.commit({ checks: [{ key: "guard", is: "present" }], ops: [put("a")] });
      await refused(store, { key: "guard", is: "absent" });
      strictEqual(await store.head(), 2);
    },
  },
  {
    id: "SS22",
    law: "one failed check of many and nothing is applied",
    async run(store) {
      await store.commit({ ops: [put("a"), put("z")] });
      const checks = [
        { key: "a", is: "present" },
        { key: "b", is: "absent" },
        { key: "z", is: "absent" },
      ] as const;
      const fence = { name: "f", epoch: 9 };
      await expectNoTrace(
        () => dump(store),
        () =>
          expectFault(
            "version.mismatch",
            store.commit({ checks, ops: [put("a", "!"), put("b"), { delete: "z" }], fence }),
          ),
      );
      // The refused commit must not have raised the fence either.
      await store.commit({ ops: [put("c")], fence: { name: "f", epoch: 1 } });
    },
  },
  {
    id: "SS23",
    law: "of 100 racers for an absent key one wins",
    async run(store, kit) {
      const other = await kit.second();
      const wins = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          attempt(i % 2 === 0 ? store : other, { key: "a", is: "absent" }, String(i)),
        ),
      );
      strictEqual(wins.filter(Boolean).length, 1);
      strictEqual(await store.head(), 1);
    },
  },
  {
    id: "SS24",
    law: "100 checked increments sum up",
    async run(store) {
      await store.commit({ ops: [put("n", "0")] });
      await Promise.all(Array.from({ length: 100 }, () => increment(store, "n")));
      strictEqual(Buffer.from((await store.get("n"))?.value ?? []).toString(), "100");
    },
  },
  {
    id: "SS25",
    law: "checks on what was read prevent write skew",
    async run(store) {
      await store.commit({ ops: [put("a", "1"), put("b", "1")] });
      const [a, b] = await store.getMany(["a", "b"]);
      const checks = [
        { key: "a", is: { version: a?.version ?? "" } },
        { key: "b", is: { version: b?.version ?? "" } },
      ];
      const both = await Promise.allSettled([
        store.commit({ checks, ops: [put("a", "0")] }),
        store.commit({ checks, ops: [put("b", "0")] }),
      ]);
      strictEqual(both.filter(({ status }) => status === "fulfilled").length, 1);
    },
  },
  {
    id: "SS26",
    law: "a commit changes a key once",
    async run(store) {
      await expectNoTrace(
        () => dump(store),
        async () => {
          await expectFault("argument.invalid", store.commit({ ops: [put("a"), put("a", "2")] }));
          const ops = [put("a"), { delete: bytes("a") }];
          await expectFault("argument.invalid", store.commit({ ops }));
        },
      );
    },
  },
  {
    id: "SS27",
    law: "the limits of items and bytes are exact",
    async run(store) {
      const { commitItemsMax, commitBytesMax, valueBytesMax } = store.limits;
      const keys = Array.from({ length: commitItemsMax + 1 }, (_, i) => `k${i}`);
      await store.commit({ ops: keys.slice(1).map((key) => put(key, "")) });
      await expectFault("argument.invalid", store.commit({ ops: keys.map((key) => put(key, "")) }));
      const whole = Math.floor(commitBytesMax / (valueBytesMax + 2));
      const full = Array.from({ length: whole }, (_, i) => ({
        put: String(10 + i),
        value: new Uint8Array(valueBytesMax),
      }));
      const rest = commitBytesMax - whole * (valueBytesMax + 2);
      const last = (length: number) => ({ put: "z", value: new Uint8Array(length) });
      await store.commit({ ops: [...full, last(rest - 1)] });
      await expectFault("argument.invalid", store.commit({ ops: [...full, last(rest)] }));
    },
  },
  {
    id: "SS28",
    law: "the empty text is no version",
    async run(store) {
      const checks = [{ key: "a", is: { version: "" } }];
      await expectFault("argument.invalid", store.commit({ checks, ops: [put("a")] }));
      strictEqual(await store.get("a"), null);
    },
  },
  {
    id: "SS29",
    law: "the version of another key is a mismatch, and so is nonsense",
    async run(store) {
      await store.commit({ ops: [put("a")] });
      await store.commit({ ops: [put("b")] });
      const version = (await store.get("b"))?.version ?? "";
      await refused(store, { key: "a", is: { version } });
      await refused(store, { key: "a", is: { version: "no such version" } });
    },
  },
  {
    id: "SS72",
    law: "keys that one commit writes have versions of their own",
    async run(store) {
      const { versions } = await store.commit({ ops: [put("a"), { delete: "x" }, put("b")] });
      strictEqual(versions[1], null);
      notStrictEqual(versions[0], versions[2]);
      await refused(store, { key: "a", is: { version: versions[2] ?? "" } });
      const both = ["a", "b"].map((key, i) => ({ key, is: { version: versions[i * 2] ?? "" } }));
      await store.commit({ checks: both, ops: [put("a", "2")] });
    },
  },
];

async function refused(store: StateStore, check: StateCheck<StateKey>): Promise<unknown> {
  let detail: unknown;
  await expectNoTrace(
    () => dump(store),
    async () => {
      const work = store.commit({ checks: [check], ops: [put("a", "refused")] });
      detail = (await expectFault("version.mismatch", work)).fault.detail;
    },
  );
  return detail;
}

async function attempt(
  store: StateStore,
  check: StateCheck<StateKey>,
  value: string,
): Promise<boolean> {
  try {
    await store.commit({ checks: [check], ops: [put("a", value)] });
    return true;
  } catch (error) {
    if (isFault(error, "version.mismatch")) return false;
    throw error;
  }
}

/** Adds one to a number that is kept as text, as often as it takes. */
export async function increment(store: StateStore, key: string): Promise<void> {
  for (;;) {
    const entry = await store.get(key);
    const value = String(Number(Buffer.from(entry?.value ?? []).toString()) + 1);
    try {
      const checks = [{ key, is: { version: entry?.version ?? "" } }];
      await store.commit({ checks, ops: [put(key, value)] });
      return;
    } catch (error) {
      if (!isFault(error, "version.mismatch")) throw error;
    }
  }
}
