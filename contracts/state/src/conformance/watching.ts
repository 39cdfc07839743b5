import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { StateCommit } from "../state-driver.ts";
import type { StateStore } from "../state-store.ts";
import { put, type StateCase } from "./state-case.ts";

/** What watchers see. */
export const watchCases: readonly StateCase[] = [
  {
    id: "SS41",
    law: "every commit arrives once, in order, while it is written",
    async run(store) {
      const taking = take(store, { after: 0 }, 60);
      for (let i = 0; i < 20; i++) {
        await Promise.all(
          [0, 1, 2].map((each) => store.commit({ ops: [put(`k${each}`, `${i}`)] })),
        );
      }
      const commits = await taking;
      deepStrictEqual(
        commits.map(({ revision }) => revision),
        Array.from({ length: 60 }, (_, i) => i + 1),
      );
    },
  },
  {
    id: "SS42",
    law: "a commit arrives whole, with deletes, versions and values",
    async run(store) {
      await store.commit({ ops: [put("a", "1"), put("b", "1")] });
      const { versions } = await store.commit({
        ops: [put("a", "2"), { delete: "b" }, { delete: "c" }],
      });
      const [first, second] = await take(store, { after: 0 }, 2);
      strictEqual(first?.changes.length, 2);
      const seen = second?.changes.map(({ key, entry }) => [
        Buffer.from(key).toString(),
        entry && Buffer.from(entry.value).toString(),
        entry?.version,
      ]);
      deepStrictEqual(seen, [
        ["a", "2", versions[0]],
        ["b", null, undefined],
      ]);
    },
  },
  {
    id: "SS43",
    law: "a watch resumes from each revision",
    async run(store) {
      for (let i = 0; i < 10; i++) await store.commit({ ops: [put("a", `${i}`)] });
      for (let after = 0; after < 10; after++) {
        const [next] = await take(store, { after }, 1);
        strictEqual(next?.revision, after + 1);
      }
    },
  },
  {
    id: "SS44",
    law: "a watch that is owed a forgotten commit fails instead of skipping it",
    async run(store) {
      const past = store.limits.historyCommitsMax * 2 + 2;
      for (let i = 0; i < past; i++) await store.commit({ ops: [put("a", `${i}`)] });
      const { fault } = await expectFault("resource.missing", take(store, { after: 0 }, 1));
      strictEqual(fault.retry, "refresh");
      const after = past - store.limits.historyCommitsMax;
      const [first] = await take(store, { after }, 1);
      strictEqual(first?.revision, after + 1);
    },
  },
  {
    id: "SS45",
    law: "a consumer that stalls misses nothing, or is told",
    async run(store) {
      await store.commit({ ops: [put("a")] });
      const watch = store.watch({ after: 0 });
      strictEqual((await watch.next()).value?.revision, 1);
      const past = store.limits.historyCommitsMax * 3;
      for (let i = 0; i < past; i++) await store.commit({ ops: [put("a", `${i}`)] });
      let last = 1;
      await expectFault(
        "resource.missing",
        (async () => {
          for await (const { revision } of watch) strictEqual(revision, ++last);
        })(),
      );
    },
  },
  {
    id: "SS46",
    law: "a delete at the edge of the history is not lost",
    async run(store) {
      await store.commit({ ops: [put("a")] });
      const { revision } = await store.commit({ ops: [{ delete: "a" }] });
      for (let i = 1; i < store.limits.historyCommitsMax; i++) {
        await store.commit({ ops: [put("b", `${i}`)] });
      }
      const [first] = await take(store, { after: revision - 1 }, 1);
      deepStrictEqual([first?.revision, first?.changes[0]?.entry], [revision, null]);
    },
  },
  {
    id: "SS47",
    law: "a prefix hides its neighbours",
    async run(store) {
      await store.commit({ ops: [put("a"), put("a/1"), put("b")] });
      await store.commit({ ops: [put("a0"), put("c")] });
      await store.commit({ ops: [put("a/2")] });
      const commits = await take(store, { after: 0, prefix: "a/" }, 2);
      const seen = commits.map(({ revision, changes }) => [revision, changes.length]);
      deepStrictEqual(seen, [
        [1, 1],
        [3, 1],
      ]);
    },
  },
  {
    id: "SS49",
    law: "an abort ends a waiting watch with its reason, and so does close",
    async run(store) {
      const stop = new AbortController();
      const waiting = store.watch({ after: 0 }, { signal: stop.signal }).next();
      const reason = new Error("enough");
      stop.abort(reason);
      await rejects(waiting, reason);
      const open = store.watch({ after: 0 }).next();
      const closed = expectFault("resource.closed", open);
      await store.close();
      await closed;
    },
  },
  {
    id: "SS50",
    law: "a watch from the head shows the next commit and no earlier one",
    async run(store) {
      await store.commit({ ops: [put("a", "1")] });
      const taking = take(store, { after: await store.head() }, 1);
      await store.commit({ ops: [put("a", "2")] });
      deepStrictEqual(
        (await taking).map(({ revision }) => revision),
        [2],
      );
    },
  },
];

async function take(
  store: StateStore,
  request: Parameters<StateStore["watch"]>[0],
  count: number,
): Promise<readonly StateCommit[]> {
  const commits: StateCommit[] = [];
  for await (const commit of store.watch(request)) {
    commits.push(commit);
    if (commits.length === count) break;
  }
  return commits;
}
