import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { awaitedLater, expectFault } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { StateCommit } from "../state-driver.ts";
import type { StateStore } from "../state-store.ts";
import { put, type StateCase, textOf } from "./state-case.ts";

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
      const { fault } = await expectFault("watch.compacted", take(store, { after: 0 }, 1));
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
        "watch.compacted",
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
    id: "SS48",
    law: "a watch that asks for it is told how far it is while nothing happens for it",
    async run(store) {
      await store.commit({ ops: [put("a/1")] });
      await store.commit({ ops: [put("b")] });
      const watch = store.watch({ after: 0, prefix: "a/", progressMs: 100 });
      strictEqual((await watch.next()).value?.revision, 1);
      for (let turn = 0; turn < 2; turn++) {
        const idle = watch.next();
        deepStrictEqual((await idle).value, { revision: 2, changes: [] });
      }
      const next = awaitedLater(watch.next());
      await store.commit({ ops: [put("a/2")] });
      strictEqual((await next).value?.changes.length, 1);
      await watch.return();
      await expectFault("argument.invalid", store.watch({ after: 0, progressMs: 0 }).next());
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
  {
    id: "SS62",
    law: "an event that is written with a change is seen with it, in one commit, or neither is",
    async run(store, kit) {
      const other = await kit.second();
      const change = (writer: StateStore, i: number) =>
        writer.commit({
          checks: [{ key: `done/${i}`, is: "absent" }],
          ops: [put(`done/${i}`), put("last", `${i}`), put(`event/${i}`, `done ${i}`)],
        });
      const turns = Array.from({ length: 30 }, (_, i) => i);
      await Promise.all(
        turns.flatMap((i) => [store, other].map((each) => attempt(change(each, i)))),
      );
      const events = await take(store, { after: 0, prefix: "event/" }, turns.length);
      const commits = await take(store, { after: 0 }, turns.length);
      for (const [i, { revision, changes }] of commits.entries()) {
        strictEqual(changes.length, 3);
        strictEqual(events[i]?.revision, revision);
        strictEqual(textOf(changes[2]?.entry), `done ${textOf(changes[1]?.entry)}`);
      }
      strictEqual(await store.head(), turns.length);
    },
  },
  {
    id: "SS70",
    law: "each of many watchers sees each commit of many writers once",
    async run(store, kit) {
      const other = await kit.second();
      const watching = Array.from({ length: 20 }, (_, i) =>
        take(i % 2 === 0 ? store : other, { after: 0 }, 60),
      );
      const writing = Array.from({ length: 60 }, (_, i) =>
        (i % 2 === 0 ? store : other).commit({ ops: [put(`k${i}`)] }),
      );
      await Promise.all(writing);
      for (const commits of await Promise.all(watching)) {
        deepStrictEqual(
          commits.map(({ revision }) => revision),
          Array.from({ length: 60 }, (_, i) => i + 1),
        );
        strictEqual(new Set(commits.map(({ changes }) => textOf(changes[0]?.entry))).size, 60);
      }
    },
  },
  {
    id: "SS74",
    law: "a watch after a revision that never was is refused: its history is another one",
    async run(store) {
      await store.commit({ ops: [put("a")] });
      const { fault } = await expectFault("watch.compacted", store.watch({ after: 5 }).next());
      strictEqual(fault.retry, "refresh");
    },
  },
];

async function attempt(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isFault(error, "version.mismatch")) throw error;
  }
}

/** The next commits of a new watch; a case may await them later. */
export function take(
  store: StateStore,
  request: Parameters<StateStore["watch"]>[0],
  count: number,
): Promise<readonly StateCommit[]> {
  return awaitedLater(takeFrom(store.watch(request), count));
}

async function takeFrom(
  watch: AsyncGenerator<StateCommit, void, void>,
  count: number,
): Promise<readonly StateCommit[]> {
  const commits: StateCommit[] = [];
  for await (const commit of watch) {
    commits.push(commit);
    if (commits.length === count) break;
  }
  return commits;
}
