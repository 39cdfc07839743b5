import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { Revision } from "../state-driver.ts";
import { expectLinearizable } from "./consistency.ts";
import { recordCallers } from "./recorded-callers.ts";
import { dump, keysOf, put, type StateCase, textOf } from "./state-case.ts";
import { take } from "./watching.ts";

/** Contact that breaks, is slow, or comes back; engines that die; a process that stands still. */
export const contactCases: readonly StateCase[] = [
  {
    id: "SS64",
    law: "a commit that was not sent did not happen, and may be sent again",
    controls: ["cut"],
    async run(store, kit) {
      await store.commit({ ops: [put("a", "1")] });
      await expectNoTrace(
        () => dump(store),
        async () => {
          kit.cut?.("before-send");
          const work = store.commit({ ops: [put("a", "2")] });
          strictEqual((await expectFault("provider.unavailable", work)).fault.effect, "none");
        },
      );
      await store.commit({ ops: [put("a", "2")] });
      strictEqual(await store.head(), 2);
    },
  },
  {
    id: "SS65",
    law: "a commit whose answer was lost is unknown, and its idempotency key settles it: one commit",
    controls: ["cut"],
    async run(store, kit) {
      const request = {
        checks: [{ key: "a", is: "absent" as const }],
        ops: [put("a", "1")],
        idempotencyKey: "k",
      };
      kit.cut?.("after-send");
      const { fault } = await expectFault("provider.indeterminate", store.commit(request));
      strictEqual(fault.effect, "unknown");
      const settled = await store.commit(request);
      strictEqual(settled.revision, 1);
      deepStrictEqual(await store.commit(request), { ...settled, replayed: true });
      strictEqual(await store.head(), 1);
      strictEqual((await store.get("a"))?.version, settled.versions[0]);
    },
  },
  {
    id: "SS66",
    law: "an abort ends the wait of a slow call with its reason, and the key tells what happened",
    controls: ["slow"],
    async run(store, kit) {
      kit.slow?.(300);
      const stop = new AbortController();
      const request = { ops: [put("a", "1")], idempotencyKey: "k" };
      const slow = store.commit(request, { signal: stop.signal });
      stop.abort(new Error("too slow"));
      await rejects(slow, /too slow/);
      strictEqual((await store.commit(request)).revision, 1);
      kit.slow?.(0);
      strictEqual(await store.head(), 1);
    },
  },
  {
    id: "SS67",
    law: "a process that stands still for a while loses no commit and no answer",
    async run(store, kit) {
      const writer = await kit.second();
      const taking = take(store, { after: 0 }, 20);
      const writing = Array.from({ length: 20 }, (_, i) => writer.commit({ ops: [put(`k${i}`)] }));
      // Nothing in this process runs meanwhile: no timer, no answer, no watch.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
      const revisions = (await Promise.all(writing)).map(({ revision }) => revision);
      deepStrictEqual(
        revisions.toSorted((a, b) => a - b),
        upTo(20),
      );
      deepStrictEqual(
        (await taking).map(({ revision }) => revision),
        upTo(20),
      );
    },
  },
  {
    id: "SS68",
    law: "an engine that dies keeps what it acknowledged, and the key settles what nobody knows",
    controls: ["killEngine"],
    async run(store, kit) {
      const known = new Map<number, Revision>();
      const commit = (i: number) =>
        store.commit({ ops: [put(`k${String(i).padStart(3, "0")}`)], idempotencyKey: `${i}` });
      const writing = Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let i = writer; i < 400; i += 8) {
            const done = await commit(i).catch(ignoreBroken);
            if (done !== undefined) known.set(i, done.revision);
          }
        }),
      );
      await kit.killEngine?.();
      await writing;
      for (let i = 0; i < 400; i++) {
        const { revision } = await untilBack(() => commit(i));
        strictEqual(revision, known.get(i) ?? revision);
      }
      strictEqual(await store.head(), 400);
      let count = 0;
      for await (const entry of store.listAll({ limit: 100 })) count += keysOf([entry]).length;
      strictEqual(count, 400);
    },
  },
  {
    id: "SS69",
    law: "a watch that broke with its engine goes on where it was and misses nothing",
    controls: ["killEngine"],
    async run(store, kit) {
      for (let i = 0; i < 5; i++) await store.commit({ ops: [put("a", `${i}`)] });
      const seen: Revision[] = [];
      const watching = (async () => {
        while (seen.length < 10) {
          try {
            for await (const { revision } of store.watch({ after: seen.at(-1) ?? 0 })) {
              if (seen.push(revision) === 10) return;
            }
          } catch (error) {
            ignoreBroken(error);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      })();
      await kit.killEngine?.();
      for (let i = 5; i < 10; i++) {
        await untilBack(() => store.commit({ ops: [put("a", `${i}`)], idempotencyKey: `${i}` }));
      }
      await watching;
      deepStrictEqual(seen, upTo(10));
    },
  },
  {
    id: "SS71",
    law: "a clock that jumps an hour, also back, changes no order, no version and no revision",
    controls: ["virtualClock"],
    async run(store, kit) {
      const hourMs = 3_600_000;
      const versions = new Set<string>();
      for (const [i, jumpMs] of [0, hourMs, -2 * hourMs, hourMs].entries()) {
        await kit.clock.advance(jumpMs);
        const done = await store.commit({ ops: [put("a", `${i}`)] });
        strictEqual(done.revision, i + 1);
        versions.add(done.versions[0] ?? "");
        strictEqual(textOf(await store.get("a")), `${i}`);
      }
      strictEqual(versions.size, 4);
      const commits = await take(store, { after: 0 }, 4);
      deepStrictEqual(
        commits.map(({ revision }) => revision),
        upTo(4),
      );
    },
  },
  {
    id: "SS73",
    law: "callers whose answers are lost now and then still see one order",
    controls: ["cut"],
    async run(store, kit) {
      let commits = 0;
      let cuts = 0;
      // Now and then by chance, and a few surely: the chance of some seeds cuts nothing.
      const beforeCommit = (chance: number) => {
        if (chance > 6 && ++commits % 50 !== 0) return;
        cuts++;
        kit.cut?.(chance > 3 ? "after-send" : "before-send");
      };
      const seed = `${kit.seed}/SS73`;
      const history = await recordCallers({ stores: [store], seed, operations: 400, beforeCommit });
      ok(cuts > 0 && history.some(({ answer }) => answer === undefined));
      expectLinearizable(history);
    },
  },
];

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function ignoreBroken(error: unknown): undefined {
  if (isFault(error, "provider.unavailable") || isFault(error, "provider.indeterminate")) return;
  throw error;
}

/** Repeats until the engine is back; the case's own deadline bounds it. */
async function untilBack<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      ignoreBroken(error);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
