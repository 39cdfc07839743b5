import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import {
  add,
  briefMs,
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

/** How jobs fail, wait and die. */
export const attemptCases: readonly QueueCase[] = [
  {
    id: "WQ12",
    law: "a job that is released with a delay is ready exactly after it",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      await giveBack(queue, await leaseOne(queue), { delayMs: 5_000 });
      strictEqual((await queue.inspect(lane, "a"))?.state, "delayed");
      await clock.advance(4_999);
      deepStrictEqual(await lease(queue), []);
      await clock.advance(1);
      strictEqual((await leaseOne(queue)).id, "a");
    },
  },
  {
    id: "WQ13",
    law: "attempts count from one, by release and by expiry",
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      const first = await leaseOne(queue);
      settled(await queue.release([{ lease: first, reason: "again" }]));
      const second = await leaseOne(queue, briefMs);
      await clock.advance(briefMs);
      const third = await leaseOne(queue);
      deepStrictEqual([first.attempt, second.attempt, third.attempt], [1, 2, 3]);
    },
  },
  {
    id: "WQ14",
    law: "a release of the last attempt buries the job",
    async run(queue) {
      await add(queue, ["a"], { attemptsMax: 2 });
      settled(await queue.release([{ lease: await leaseOne(queue), reason: "1" }]));
      settled(await queue.release([{ lease: await leaseOne(queue), reason: "2" }]));
      deepStrictEqual(await lease(queue), []);
      const info = await queue.inspect(lane, "a");
      deepStrictEqual([info?.state, info?.attempts, info?.lastReason], ["dead", 2, "2"]);
      strictEqual(info?.settledAt, info?.history[1]?.to);
    },
  },
  {
    id: "WQ15",
    law: "the end of the last lease buries the job, so that a job that kills its worker stops",
    async run(queue, { clock }) {
      await add(queue, ["a"], { attemptsMax: 2 });
      await leaseOne(queue, briefMs);
      await clock.advance(briefMs);
      const last = await leaseOne(queue, briefMs);
      await clock.advance(briefMs);
      deepStrictEqual(await lease(queue), []);
      lostOne(await queue.acknowledge([last]));
      strictEqual((await queue.inspect(lane, "a"))?.state, "dead");
      deepStrictEqual(idsOf((await queue.dead(lane)).jobs), ["a"]);
    },
  },
  {
    id: "WQ16",
    law: "the reason reaches the next holder and whoever inspects",
    async run(queue) {
      await add(queue, ["a"]);
      const first = await leaseOne(queue);
      strictEqual(first.lastReason, null);
      settled(await queue.release([{ lease: first, reason: "no memory" }]));
      strictEqual((await queue.inspect(lane, "a"))?.lastReason, "no memory");
      strictEqual((await leaseOne(queue)).lastReason, "no memory");
    },
  },
  {
    id: "WQ17",
    law: "redrive gives dead jobs all their attempts, and touches no others",
    async run(queue) {
      await add(queue, ["dead", "held", "ready"], { attemptsMax: 1 });
      const [dead, held] = await lease(queue, 2);
      if (dead === undefined || held === undefined) throw new Error("two jobs were ready");
      settled(await queue.release([{ lease: dead, reason: "no" }]));
      strictEqual(await queue.redrive(lane, ["dead", "held", "ready", "unknown"]), 1);
      strictEqual((await queue.inspect(lane, "held"))?.state, "leased");
      deepStrictEqual((await queue.dead(lane)).jobs, []);
      const again = await lease(queue, 3);
      deepStrictEqual([...idsOf(again)].sort(), ["dead", "ready"]);
      strictEqual(again.find(({ id }) => id === "dead")?.attempt, 1);
    },
  },
  {
    id: "WQ18",
    law: "`notBefore` holds to the millisecond",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["a"], { notBefore: clock.now() + 1_000 });
      await clock.advance(999);
      deepStrictEqual(await lease(queue), []);
      await clock.advance(1);
      strictEqual((await leaseOne(queue)).id, "a");
    },
  },
  {
    id: "WQ19",
    law: "depth tells ready, delayed, leased and dead apart",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["dead"], { attemptsMax: 1 });
      settled(await queue.release([{ lease: await leaseOne(queue), reason: "no" }]));
      await add(queue, ["later"], { notBefore: clock.now() + 5_000 });
      await add(queue, ["held", "r1", "r2"]);
      await leaseOne(queue);
      await clock.advance(1_000);
      deepStrictEqual(await queue.depth(lane), {
        ready: 2,
        delayed: 1,
        leased: 1,
        dead: 1,
        oldestReadyMs: 1_000,
      });
      deepStrictEqual(await queue.depth("empty"), {
        ready: 0,
        delayed: 0,
        leased: 0,
        dead: 0,
        oldestReadyMs: 0,
      });
    },
  },
  {
    id: "WQ31",
    controls: ["virtualClock"],
    law: "the limit of delays is exact, and one job over it does not hinder its neighbours",
    async run(queue, { clock }) {
      const { delayMsMax } = queue.limits;
      await add(queue, ["a"], { notBefore: clock.now() + delayMsMax });
      const [over] = await add(queue, ["b"], { notBefore: clock.now() + delayMsMax + 1 });
      strictEqual(over?.ok, false);
      await add(queue, ["c"]);
      const job = await leaseOne(queue);
      const release = (delayMs: number) => queue.release([{ lease: job, reason: "", delayMs }]);
      await expectFault("argument.invalid", release(delayMsMax + 1));
      await expectFault("argument.invalid", release(-1));
      settled(await release(delayMsMax));
    },
  },
  {
    id: "WQ47",
    law: "a job can be buried at once, whatever attempts are left",
    async run(queue) {
      await add(queue, ["a"]);
      await giveBack(queue, await leaseOne(queue), { bury: true });
      const info = await queue.inspect(lane, "a");
      deepStrictEqual([info?.state, info?.attempts], ["dead", 1]);
    },
  },
  {
    id: "WQ34",
    law: "a job that still waits at `expiresAt` is dead, exactly then; a held one goes on",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      const expiresAt = clock.now() + 1_000;
      await add(queue, ["held", "late"], { expiresAt });
      await add(queue, ["delayed"], { expiresAt, notBefore: expiresAt - 1 });
      const held = await leaseOne(queue);
      await clock.advance(999);
      strictEqual((await queue.inspect(lane, "late"))?.state, "ready");
      await clock.advance(1);
      deepStrictEqual(await lease(queue, 9), []);
      for (const id of ["late", "delayed"]) {
        const info = await queue.inspect(lane, id);
        deepStrictEqual([info?.state, info?.lastReason, info?.attempts], ["dead", "expired", 0]);
      }
      settled(await queue.acknowledge([held]));
      for (const past of [clock.now(), clock.now() - 1, 0.5]) {
        refusedOne(await add(queue, ["x"], { expiresAt: past }), "argument.invalid");
      }
    },
  },
  {
    id: "WQ57",
    law: "a job that comes back after `expiresAt` is dead, and redrive lifts the expiry",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["a", "b"], { expiresAt: clock.now() + 500 });
      const [a] = await lease(queue, 1, { forMs: 1_000 });
      await lease(queue, 1, { forMs: 700 });
      await clock.advance(600);
      if (a === undefined) throw new Error("two jobs were ready");
      await giveBack(queue, a, { reason: "too late" });
      strictEqual((await queue.inspect(lane, "a"))?.state, "dead");
      await clock.advance(100);
      strictEqual((await queue.inspect(lane, "b"))?.lastReason, "lease expired");
      strictEqual(await queue.redrive(lane, ["a", "b"]), 2);
      await clock.advance(600);
      deepStrictEqual(idsOf(await lease(queue, 9)), ["a", "b"]);
    },
  },
  {
    id: "WQ54",
    law: "inspect tells every attempt since the enqueue: who, from when to when, and how it ended",
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["a"]);
      const take = (worker: string) =>
        queue.lease({ queues: [lane], durationMs: 1_000, worker }).then(([job]) => job);
      const start = clock.now();
      const first = await take("one");
      await clock.advance(10);
      if (first !== undefined) await giveBack(queue, first, { reason: "busy" });
      await take("two");
      await clock.advance(1_000);
      const third = await take("three");
      const ended = [
        { worker: "one", from: start, to: start + 10, end: "released", reason: "busy" },
        { worker: "two", from: start + 10, to: start + 1_010, end: "expired", reason: null },
      ];
      const last = { worker: "three", from: start + 1_010, reason: null };
      const history = async () => (await queue.inspect(lane, "a"))?.history;
      deepStrictEqual(await history(), [...ended, { ...last, to: null, end: "open" }]);
      if (third !== undefined) settled(await queue.acknowledge([third]));
      deepStrictEqual(await history(), [
        ...ended,
        { ...last, to: start + 1_010, end: "acknowledged" },
      ]);
    },
  },
  {
    id: "WQ55",
    law: "a dead job keeps its whole history, and a redriven one begins a new one",
    async run(queue) {
      const { attemptsMaxMax } = queue.limits;
      await add(queue, ["a"], { attemptsMax: attemptsMaxMax });
      for (let i = 0; i < attemptsMaxMax; i++) {
        await giveBack(queue, await leaseOne(queue), { reason: `r${i}` });
      }
      const dead = await queue.inspect(lane, "a");
      strictEqual(dead?.state, "dead");
      const reasons = Array.from({ length: attemptsMaxMax }, (_, i) => `r${i}`);
      deepStrictEqual(
        dead.history.map(({ reason }) => reason),
        reasons,
      );
      strictEqual(await queue.redrive(lane, ["a"]), 1);
      deepStrictEqual((await queue.inspect(lane, "a"))?.history, []);
      refusedOne(await add(queue, ["b"], { attemptsMax: attemptsMaxMax + 1 }), "argument.invalid");
    },
  },
  {
    id: "WQ56",
    law: "a reason is cut at its limit, and any text is kept as text",
    async run(queue) {
      await add(queue, ["a"]);
      await giveBack(queue, await leaseOne(queue), {
        reason: `\u{1F642}\0"\\%${"x".repeat(2_000)}`,
      });
      const reason = (await leaseOne(queue)).lastReason ?? "";
      strictEqual(reason.length, 1_024);
      strictEqual(reason.slice(0, 6), '\u{1F642}\uFFFD"\\%');
    },
  },
  {
    id: "WQ44",
    law: "dead jobs that stay are listed once while others come and go",
    async run(queue) {
      const ids = Array.from({ length: 20 }, (_, i) => `d${String(i).padStart(2, "0")}`);
      const bury = async (names: readonly string[]) => {
        await add(queue, names, { attemptsMax: 1 });
        const jobs = await lease(queue, names.length);
        settled(await queue.release(jobs.map((each) => ({ lease: each, reason: "no" }))));
      };
      await bury(ids);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; page === 0 || cursor !== undefined; page++) {
        const { jobs, next } = await queue.dead(lane, { limit: 3, cursor });
        seen.push(...idsOf(jobs));
        cursor = next;
        await bury([`c${page}`]);
        await queue.redrive(lane, [`d${String(page * 3).padStart(2, "0")}`]);
        for (const job of await lease(queue)) await queue.acknowledge([job]);
      }
      deepStrictEqual(seen, ids);
      await expectFault("argument.invalid", queue.dead(lane, { cursor: "AAAA" }));
    },
  },
];
