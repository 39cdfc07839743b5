import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { WorkQueue } from "../work-queue.ts";
import {
  add,
  briefMs,
  bytes,
  drain,
  durationMs,
  giveBack,
  idsOf,
  lane,
  lease,
  leaseOne,
  lostOne,
  type QueueCase,
  settled,
} from "./queue-case.ts";

/** Who holds a job, and for how long. */
export const leaseCases: readonly QueueCase[] = [
  {
    id: "WQ01",
    law: "a lease on an empty queue answers with none",
    async run(queue) {
      for (let i = 0; i < 1_000; i++) deepStrictEqual(await lease(queue, 10), []);
    },
  },
  {
    id: "WQ02",
    law: "every byte of a body comes back",
    async run(queue) {
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      await queue.enqueue(lane, [{ body }, { body: bytes("") }]);
      const bodies = (await lease(queue, 2)).map((job) => [...job.body]);
      deepStrictEqual(bodies, [[...body], []]);
    },
  },
  {
    id: "WQ03",
    law: "bodies are copied on the way in and on the way out",
    async run(queue) {
      const body = bytes("body");
      const enqueued = queue.enqueue(lane, [{ id: "a", body }]);
      body.fill(0);
      await enqueued;
      const job = await leaseOne(queue);
      strictEqual(Buffer.from(job.body).toString(), "body");
      job.body.fill(0);
      await giveBack(queue, job);
      strictEqual(Buffer.from((await leaseOne(queue)).body).toString(), "body");
    },
  },
  {
    id: "WQ04",
    law: "a leased job is not leased again",
    async run(queue, kit) {
      await add(queue, ["a"]);
      await leaseOne(queue);
      deepStrictEqual(await lease(queue), []);
      deepStrictEqual(await lease(await kit.second()), []);
    },
  },
  {
    id: "WQ05",
    law: "100 racing leases deliver each job once",
    async run(queue, kit) {
      const other = await kit.second();
      const ids = Array.from({ length: 40 }, (_, i) => `j${String(i).padStart(2, "0")}`);
      await add(queue, ids);
      const racers = Array.from({ length: 100 }, (_, i) => lease(i % 2 === 0 ? queue : other));
      const won = (await Promise.all(racers)).flat();
      deepStrictEqual([...idsOf(won)].sort(), ids);
      strictEqual(new Set(won.map(({ token }) => token)).size, 40);
    },
  },
  {
    id: "WQ06",
    law: "a lease ends exactly at `until`",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      const job = await leaseOne(queue);
      strictEqual(job.until, clock.now() + durationMs);
      await clock.advance(durationMs - 1);
      deepStrictEqual(await lease(queue), []);
      strictEqual((await queue.inspect(lane, "a"))?.state, "leased");
      await clock.advance(1);
      strictEqual((await queue.inspect(lane, "a"))?.state, "ready");
      strictEqual((await leaseOne(queue)).id, "a");
    },
  },
  {
    id: "WQ07",
    law: "who settles after the end has lost the lease, even if nobody else took it",
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      const job = await leaseOne(queue, briefMs);
      await clock.advance(briefMs);
      lostOne(await queue.acknowledge([job]));
      lostOne(await queue.release([{ lease: job, reason: "late" }]));
      lostOne(await queue.extend([job], { durationMs }));
      strictEqual((await leaseOne(queue)).attempt, 2);
    },
  },
  {
    id: "WQ08",
    law: "an old holder cannot settle the new lease, though the worker's name is the same",
    async run(queue, { clock }) {
      const [old, job] = await leaseTwice(queue, () => clock.advance(briefMs));
      notStrictEqual(old.token, job.token);
      lostOne(await queue.acknowledge([old]));
      lostOne(await queue.release([{ lease: old, reason: "late" }]));
      settled(await queue.acknowledge([job]));
    },
  },
  {
    id: "WQ09",
    law: "an old holder cannot extend the new lease",
    async run(queue, { clock }) {
      const [old, job] = await leaseTwice(queue, () => clock.advance(briefMs));
      lostOne(await queue.extend([old], { durationMs: durationMs * 5 }));
      strictEqual((await queue.inspect(lane, job.id))?.until, job.until);
    },
  },
  {
    id: "WQ10",
    law: "extend sets the end from now, it does not add",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      const job = await leaseOne(queue);
      await clock.advance(1_000);
      const [answer] = await queue.extend([job], { durationMs: 3_000 });
      deepStrictEqual(answer, { ok: true, id: "a", until: clock.now() + 3_000 });
      await clock.advance(2_999);
      deepStrictEqual(await lease(queue), []);
      settled(await queue.extend([job], { durationMs }));
      await clock.advance(durationMs - 1);
      settled(await queue.acknowledge([job]));
    },
  },
  {
    id: "WQ11",
    law: "an acknowledged job is done for good",
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      const job = await leaseOne(queue, briefMs);
      settled(await queue.acknowledge([job]));
      lostOne(await queue.acknowledge([job]));
      lostOne(await queue.release([{ lease: job, reason: "no" }]));
      await clock.advance(briefMs);
      deepStrictEqual(await lease(queue), []);
      strictEqual((await queue.inspect(lane, "a"))?.state, "done");
    },
  },
  {
    id: "WQ30",
    law: "the limits of a lease's length are exact",
    async run(queue) {
      const { leaseMsMin, leaseMsMax } = queue.limits;
      const ask = (ms: number) => queue.lease({ queues: [lane], durationMs: ms, worker: "w" });
      for (const ms of [leaseMsMin, leaseMsMax]) await ask(ms);
      for (const ms of [leaseMsMin - 1, leaseMsMax + 1, Number.NaN, 1_000.5]) {
        await expectFault("argument.invalid", ask(ms));
        await expectFault("argument.invalid", queue.extend([], { durationMs: ms }));
      }
    },
  },
  {
    id: "WQ32",
    law: "leases are settled one by one",
    async run(queue, { clock }) {
      await add(queue, ["a", "b"]);
      const old = await leaseOne(queue, briefMs);
      await clock.advance(briefMs);
      const jobs = await lease(queue, 2);
      const answers = await queue.acknowledge([old, ...jobs]);
      deepStrictEqual(
        answers.map((answer) => answer.ok),
        [false, true, true],
      );
    },
  },
  {
    id: "WQ38",
    law: "a forged token settles nothing",
    async run(queue) {
      await add(queue, ["a", "b"]);
      const [a, b] = await lease(queue, 2);
      for (const token of ["", "\0", "forged", b?.token ?? ""]) {
        lostOne(await queue.acknowledge([{ queue: lane, id: "a", token }]));
      }
      lostOne(await queue.acknowledge([{ queue: "other", id: "a", token: a?.token ?? "" }]));
      strictEqual((await queue.inspect(lane, "a"))?.state, "leased");
    },
  },
  {
    id: "WQ61",
    law: "a job that is held for long does not hold up the others",
    async run(queue) {
      await add(queue, ["long", "a", "b", "c"]);
      const long = await leaseOne(queue);
      deepStrictEqual(idsOf(await drain(queue)), ["a", "b", "c"]);
      settled(await queue.acknowledge([long]));
    },
  },
  {
    id: "WQ80",
    law: "a holder that extends and acknowledges at the same time has acknowledged",
    async run(queue, kit) {
      const other = await kit.second();
      for (let i = 0; i < 10; i++) {
        await add(queue, [`j${i}`]);
        const job = await leaseOne(queue);
        const extending = (i % 2 === 0 ? other : queue).extend([job], { durationMs });
        settled(await queue.acknowledge([job]));
        await extending;
        strictEqual((await queue.inspect(lane, job.id))?.state, "done");
      }
    },
  },
  {
    id: "WQ62",
    law: "extend holds a job for many times its first length",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      const job = await leaseOne(queue);
      for (let i = 0; i < 10; i++) {
        await clock.advance(durationMs - 1);
        settled(await queue.extend([job], { durationMs }));
        deepStrictEqual(await lease(queue), []);
      }
      settled(await queue.acknowledge([job]));
    },
  },
];

async function leaseTwice(queue: WorkQueue, expire: () => Promise<void>) {
  await add(queue, ["a"]);
  const old = await leaseOne(queue, briefMs);
  await expire();
  return [old, await leaseOne(queue)] as const;
}
