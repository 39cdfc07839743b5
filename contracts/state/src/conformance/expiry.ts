import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import type { StateStore } from "../state-store.ts";
import { dump, put, type StateCase, textOf } from "./state-case.ts";
import { take } from "./watching.ts";

/** Entries that end by themselves. */
export const expiryCases: readonly StateCase[] = [
  {
    id: "SS51",
    law: "an entry is there until its time, and from then on for no operation and no check",
    when: hasTtl,
    controls: ["virtualClock"],
    async run(store, kit) {
      const { clock } = kit;
      const { versions } = await store.commit({ ops: [{ ...put("a"), ttlMs: 1_000 }, put("b")] });
      strictEqual((await store.get("a"))?.expiresAt, clock.now() + 1_000);
      await clock.advance(999);
      strictEqual(textOf(await store.get("a")), "a");
      strictEqual((await store.list()).entries.length, 2);
      await store.commit({ checks: [{ key: "a", is: "present" }], ops: [] });
      await clock.advance(1);
      const other = await kit.second();
      strictEqual(await other.get("a"), null);
      deepStrictEqual((await store.list()).entries.map(textOf), ["b"]);
      const old = { key: "a", is: { version: versions[0] ?? "" } };
      await expectFault(
        "version.mismatch",
        store.commit({ checks: [old], ops: [put("a", "old")] }),
      );
      await store.commit({ checks: [{ key: "a", is: "absent" }], ops: [put("a", "new")] });
      strictEqual(textOf(await other.get("a")), "new");
    },
  },
  {
    id: "SS52",
    law: "watchers see an end as a commit of its own, with its cause, also when nobody writes",
    when: hasTtl,
    async run(store, { clock }) {
      const ttlMs = 200;
      await store.commit({ ops: [{ ...put("a"), ttlMs }, { ...put("b"), ttlMs }, put("c")] });
      await clock.advance(ttlMs);
      const [, ended] = await take(store, { after: 0 }, 2);
      const seen = ended?.changes.map(({ key, entry, cause }) => [
        Buffer.from(key).toString(),
        entry,
        cause,
      ]);
      deepStrictEqual(seen?.toSorted(), [
        ["a", null, "expired"],
        ["b", null, "expired"],
      ]);
      strictEqual(ended?.revision, 2);
      strictEqual(await store.head(), 2);
    },
  },
  {
    id: "SS53",
    law: "a put without a time to live makes the entry stay, and another one starts anew",
    when: hasTtl,
    async run(store, { clock }) {
      const ops = ["a", "b", "c"].map((key) => ({ ...put(key), ttlMs: 200 }));
      await store.commit({ ops });
      await store.commit({ ops: [put("a", "stays"), { ...put("b", "longer"), ttlMs: 60_000 }] });
      await clock.advance(250);
      const entries = await store.getMany(["a", "b", "c"]);
      deepStrictEqual(entries.map(textOf), ["stays", "longer", undefined]);
      strictEqual(entries[0]?.expiresAt, undefined);
      await store.commit({ ops: [{ delete: "a" }, { delete: "b" }] });
      strictEqual(await store.head(), 4);
    },
  },
  {
    id: "SS54",
    law: "the bounds of a time to live are exact",
    when: hasTtl,
    async run(store) {
      const ttlMsMax = store.capabilities.ttl?.ttlMsMax ?? 0;
      ok(ttlMsMax > 0);
      await store.commit({ ops: [{ ...put("a"), ttlMs: ttlMsMax }] });
      await expectNoTrace(
        () => dump(store),
        async () => {
          for (const ttlMs of [0, -1, 1.5, Number.NaN, ttlMsMax + 1]) {
            const work = store.commit({ ops: [{ ...put("b"), ttlMs }] });
            await expectFault("argument.invalid", work);
          }
        },
      );
    },
  },
];

function hasTtl(store: StateStore): boolean {
  return store.capabilities.ttl !== undefined;
}
