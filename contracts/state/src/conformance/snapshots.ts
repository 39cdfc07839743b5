import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { awaitedLater, expectFault, expectNoTrace } from "@bedplate/conformance";
import type { StateStore } from "../state-store.ts";
import { dump, keysOf, put, type StateCase, textOf } from "./state-case.ts";

/** Reads of the past and of what is still to come, and options that are not declared. */
export const snapshotCases: readonly StateCase[] = [
  {
    id: "SS13",
    law: "pages that are read at one revision are of that revision",
    when: hasSnapshots,
    async run(store) {
      const names = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, "0")}`);
      await store.commit({ ops: names.map((key) => put(key, "old")) });
      const at = await store.head();
      for (const reverse of [false, true]) {
        const seen: string[] = [];
        for await (const entry of store.listAll({ at, limit: 7, reverse })) {
          seen.push(...keysOf([entry]));
          strictEqual(textOf(entry), "old");
          const key = names[(seen.length * 7) % names.length] ?? "";
          const ops = [put(`${key}+`, "new"), put(names[seen.length - 1] ?? "", "new")];
          await store.commit({ ops: reverse ? [{ delete: key }] : ops });
        }
        deepStrictEqual(seen, reverse ? names.toReversed() : names);
      }
    },
  },
  {
    id: "SS38",
    law: "a read that wants a revision waits for it, and never answers with an older one",
    async run(store, kit) {
      const writer = await kit.second();
      await writer.commit({ ops: [put("a", "1")] });
      const reading = awaitedLater(store.get("a", { minRevision: 2, waitMs: 60_000 }));
      await writer.commit({ ops: [put("a", "2")] });
      strictEqual(textOf(await reading), "2");
      const page = await store.list({}, { minRevision: 2 });
      strictEqual(page.revision, 2);
      const late = expectFault(
        "deadline.exceeded",
        store.get("a", { minRevision: 3, waitMs: 100 }),
      );
      strictEqual((await late).fault.effect, "none");
      const stop = new AbortController();
      const stopped = store.get("a", { minRevision: 3, signal: stop.signal });
      stop.abort(new Error("enough"));
      strictEqual(await stopped.catch((error: Error) => error.message), "enough");
    },
  },
  {
    id: "SS40",
    law: "an old revision reads as it was, and one beyond the history is refused",
    when: hasSnapshots,
    async run(store) {
      const first = await store.commit({ ops: [put("a", "1"), put("b", "1"), put("c", "1")] });
      await store.commit({ ops: [put("a", "2"), { delete: "b" }, put("d", "2")] });
      await store.commit({ ops: [put("a", "3"), put("b", "3")] });
      const at = first.revision;
      const then = await store.getMany(["a", "b", "c", "d"], { at });
      deepStrictEqual(then.map(textOf), ["1", "1", "1", undefined]);
      deepStrictEqual(
        then.slice(0, 3).map((entry) => entry?.version ?? null),
        first.versions,
      );
      const page = await store.list({ at: 2 });
      deepStrictEqual(page.entries.map(textOf), ["2", "1", "2"]);
      deepStrictEqual((await store.list({ at: 0 })).entries, []);
      deepStrictEqual((await store.list({ at: 3 })).entries, (await store.list()).entries);
      await expectFault("argument.invalid", store.get("a", { at: 4 }));
      await expectFault("argument.invalid", store.get("a", { at: -1 }));
      for (let i = 0; i < store.limits.historyCommitsMax * 1.25; i++) {
        await store.commit({ ops: [put("d", `${i}`)] });
      }
      const { fault } = await expectFault("watch.compacted", store.get("a", { at }));
      ok(fault.detail.oldest > at);
      await expectFault("watch.compacted", store.list({ at }));
      strictEqual(textOf(await store.get("a", { at: fault.detail.oldest })), "3");
    },
  },
  {
    id: "SS58",
    law: "options that are not declared are refused and do nothing",
    async run(store, kit) {
      await store.commit({ ops: [put("a")] });
      const bare = await kit.bare();
      await expectNoTrace(
        () => dump(bare),
        async () => {
          const timed = bare.commit({ ops: [{ ...put("b"), ttlMs: 1_000 }] });
          strictEqual((await expectFault("capability.undeclared", timed)).fault.effect, "none");
          await expectFault("capability.undeclared", bare.get("a", { at: 1 }));
          await expectFault("capability.undeclared", bare.list({ at: 1 }));
        },
      );
      await bare.commit({ ops: [put("a", "without options")] });
    },
  },
];

function hasSnapshots(store: StateStore): boolean {
  return store.capabilities.snapshotReads === true;
}
