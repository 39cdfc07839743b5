import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { WorkQueue } from "../work-queue.ts";
import {
  add,
  briefMs,
  drain,
  durationMs,
  giveBack,
  idsOf,
  lane,
  lease,
  leaseOne,
  lostOne,
  type QueueCase,
  refusedOne,
  settled,
} from "./queue-case.ts";

const group = "g";

/** Jobs that are worked on one at a time, in the order in which they came. */
export const groupCases: readonly QueueCase[] = [
  {
    id: "WQ23",
    law: "of a group one job is held at a time, in order, and the next goes when it is settled",
    when: hasGroups,
    async run(queue, kit) {
      const other = await kit.second();
      await add(queue, ["a"], { group });
      await add(queue, ["b", "c"], { group });
      const seen: string[] = [];
      for (const each of [queue, other, queue]) {
        const [job, second] = await lease(each, 9);
        ok(job !== undefined && second === undefined, "one job of the group was ready");
        strictEqual(job.group, group);
        deepStrictEqual(await lease(queue, 9), []);
        deepStrictEqual(await lease(other, 9), []);
        settled(await each.acknowledge([job]));
        seen.push(job.id);
      }
      deepStrictEqual(seen, ["a", "b", "c"]);
      refusedOne(await add(queue, ["x"], { group: "not a name" }), "argument.invalid");
    },
  },
  {
    id: "WQ24",
    law: "a group waits behind its first job, though that is delayed",
    when: hasGroups,
    async run(queue, { clock }) {
      await add(queue, ["a"], { group, notBefore: clock.now() + briefMs });
      await add(queue, ["b"], { group });
      deepStrictEqual(await lease(queue, 9), []);
      await clock.advance(briefMs);
      await giveBack(queue, await leaseOne(queue), { delayMs: briefMs });
      deepStrictEqual(await lease(queue, 9), []);
      const { ready, delayed } = await queue.depth(lane);
      deepStrictEqual({ ready, delayed }, { ready: 0, delayed: 2 });
      await clock.advance(briefMs);
      deepStrictEqual(idsOf(await drain(queue)), ["a", "b"]);
    },
  },
  {
    id: "WQ63",
    law: "groups hold up neither each other nor jobs without a group",
    when: hasGroups,
    async run(queue) {
      await add(queue, ["a1", "a2"], { group: "a" });
      await add(queue, ["b1", "b2"], { group: "b" });
      await add(queue, ["free"]);
      deepStrictEqual(idsOf(await lease(queue, 9)), ["a1", "b1", "free"]);
      await queue.enqueue("other", [{ id: "o", body: new Uint8Array(), group: "a" }]);
      const request = { queues: ["other"], durationMs, worker: "w" };
      deepStrictEqual(idsOf(await queue.lease(request)), ["o"]);
    },
  },
  {
    id: "WQ64",
    law: "the next job of a group goes when the first dies, by any cause, or is cancelled",
    when: hasGroups,
    async run(queue, { clock }) {
      const expiresAt = clock.now() + 3 * briefMs;
      await add(queue, ["buried", "tired"], { group, attemptsMax: 1 });
      await add(queue, ["cancelled"], { group });
      await add(queue, ["stale"], { group, expiresAt });
      await add(queue, ["behind", "last"], { group });
      await giveBack(queue, await leaseOne(queue), { bury: true });
      strictEqual((await leaseOne(queue, briefMs)).id, "tired");
      await clock.advance(briefMs);
      strictEqual(await queue.cancel(lane, "cancelled"), "cancelled");
      strictEqual(await queue.cancel(lane, "behind"), "cancelled");
      await clock.advance(2 * briefMs);
      deepStrictEqual(idsOf(await drain(queue)), ["last"]);
    },
  },
  {
    id: "WQ65",
    law: "a redriven job of a group waits until the one that is held is settled",
    when: hasGroups,
    async run(queue) {
      await add(queue, ["a", "b", "c"], { group });
      await giveBack(queue, await leaseOne(queue), { bury: true });
      const held = await leaseOne(queue);
      strictEqual(await queue.redrive(lane, ["a"]), 1);
      deepStrictEqual(await lease(queue, 9), []);
      settled(await queue.acknowledge([held]));
      deepStrictEqual([held.id, ...idsOf(await drain(queue))], ["b", "a", "c"]);
    },
  },
  {
    id: "WQ66",
    law: "racing producers and workers never hold two jobs of a group, and drain it",
    when: hasGroups,
    async run(queue, kit) {
      const sides = [queue, await kit.second()];
      const ids = Array.from({ length: 24 }, (_, i) => `j${String(i).padStart(2, "0")}`);
      const produced = ids.map((id, i) => add(sides[i % 2] ?? queue, [id], { group }));
      const seen: string[] = [];
      let held = 0;
      const work = async (side: WorkQueue) => {
        for (let i = 0; i < 500 && seen.length < ids.length; i++) {
          const jobs = await lease(side, 4);
          held += jobs.length;
          ok(held <= 1, "two jobs of the group are held");
          seen.push(...idsOf(jobs));
          // Before the acknowledge is sent: its effect may be seen before its answer.
          held -= jobs.length;
          settled(await side.acknowledge(jobs));
        }
      };
      await Promise.all([...produced, ...sides.map(work), ...sides.map(work)]);
      deepStrictEqual(seen.toSorted(), ids);
    },
  },
  {
    id: "WQ77",
    law: "who lost the lease of a group's job cannot end its turn",
    when: hasGroups,
    async run(queue, { clock }) {
      await add(queue, ["a", "b"], { group });
      const old = await leaseOne(queue, briefMs);
      await clock.advance(briefMs);
      const job = await leaseOne(queue);
      lostOne(await queue.acknowledge([old]));
      deepStrictEqual(await lease(queue, 9), []);
      settled(await queue.acknowledge([job]));
      strictEqual((await leaseOne(queue)).id, "b");
    },
  },
];

function hasGroups({ capabilities }: WorkQueue): boolean {
  return capabilities.groups === true;
}
