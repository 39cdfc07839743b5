import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import {
  add,
  bytes,
  durationMs,
  idsOf,
  lane,
  lease,
  leaseOne,
  lostOne,
  type QueueCase,
  settled,
} from "./queue-case.ts";

/** Which job comes first, and which ids are taken. */
export const orderCases: readonly QueueCase[] = [
  {
    id: "WQ20",
    law: "jobs of one priority come in the order in which they were enqueued",
    async run(queue) {
      await add(queue, ["c", "a"]);
      await add(queue, ["b"]);
      await add(queue, ["d"]);
      const first = await lease(queue, 3);
      deepStrictEqual(idsOf([...first, ...(await lease(queue, 3))]), ["c", "a", "b", "d"]);
    },
  },
  {
    id: "WQ21",
    law: "a higher priority comes first, and 0 to 9 are all there is",
    async run(queue) {
      for (const priority of [3, 9, 0, 5]) await add(queue, [`p${priority}`], { priority });
      deepStrictEqual(idsOf(await lease(queue, 9)), ["p9", "p5", "p3", "p0"]);
      for (const priority of [-1, 10, 1.5]) {
        const [answer] = await add(queue, ["bad"], { priority });
        strictEqual(answer?.ok, false);
      }
    },
  },
  {
    id: "WQ22",
    law: "waiting outranks priority: one level per `agingMs`, and not a moment earlier",
    async run(queue, { clock }) {
      const { agingMs } = queue.limits;
      await add(queue, ["old"], { priority: 0 });
      await clock.advance(agingMs * 9 - 1);
      await add(queue, ["younger"], { priority: 9 });
      await clock.advance(2);
      await add(queue, ["youngest"], { priority: 9 });
      deepStrictEqual(idsOf(await lease(queue, 3)), ["younger", "old", "youngest"]);
    },
  },
  {
    id: "WQ25",
    law: "a second job with an id is a duplicate and changes nothing",
    async run(queue) {
      const [first] = await queue.enqueue(lane, [{ id: "a", body: bytes("1") }]);
      const [second] = await queue.enqueue(lane, [{ id: "a", body: bytes("2"), priority: 9 }]);
      deepStrictEqual(first, { ok: true, id: "a", duplicate: false });
      deepStrictEqual(second, { ok: true, id: "a", duplicate: true });
      const [job, none] = await lease(queue, 2);
      strictEqual(Buffer.from(job?.body ?? []).toString(), "1");
      strictEqual(none, undefined);
    },
  },
  {
    id: "WQ26",
    law: "the id of a done job is taken until it is forgotten, and not longer",
    async run(queue, { clock }) {
      const { retainMs } = queue.limits;
      await add(queue, ["a"]);
      settled(await queue.acknowledge([await leaseOne(queue)]));
      await clock.advance(retainMs - 1);
      deepStrictEqual(await add(queue, ["a"]), [{ ok: true, id: "a", duplicate: true }]);
      await clock.advance(1);
      strictEqual(await queue.inspect(lane, "a"), null);
      deepStrictEqual(await add(queue, ["a"]), [{ ok: true, id: "a", duplicate: false }]);
      strictEqual((await leaseOne(queue)).attempt, 1);
    },
  },
  {
    id: "WQ27",
    law: "an id is taken in its own queue only",
    async run(queue) {
      await add(queue, ["a"]);
      const [other] = await queue.enqueue("other", [{ id: "a", body: bytes("") }]);
      deepStrictEqual(other, { ok: true, id: "a", duplicate: false });
      settled(await queue.acknowledge([await leaseOne(queue)]));
      strictEqual((await queue.inspect("other", "a"))?.state, "ready");
    },
  },
  {
    id: "WQ28",
    law: "of 50 racers with one id one adds a job",
    async run(queue, kit) {
      const other = await kit.second();
      const racers = Array.from({ length: 50 }, (_, i) => add(i % 2 ? queue : other, ["a"]));
      const answers = (await Promise.all(racers)).flat();
      strictEqual(answers.filter((each) => each.ok && !each.duplicate).length, 1);
      strictEqual((await lease(queue, 9)).length, 1);
      deepStrictEqual(
        (await add(queue, ["b", "b"])).map((each) => each.ok && each.duplicate),
        [false, true],
      );
    },
  },
  {
    id: "WQ29",
    law: "the limit of a body is exact, and a refused job does not hinder its neighbours",
    async run(queue) {
      const { bodyBytesMax } = queue.limits;
      const answers = await queue.enqueue(lane, [
        { id: "a", body: new Uint8Array(bodyBytesMax) },
        { id: "b", body: new Uint8Array(bodyBytesMax + 1) },
        { id: "c", body: bytes("c") },
      ]);
      deepStrictEqual(
        answers.map((each) => (each.ok ? each.id : each.fault.code)),
        ["a", "argument.invalid", "c"],
      );
      deepStrictEqual(idsOf(await lease(queue, 9)), ["a", "c"]);
    },
  },
  {
    id: "WQ48",
    law: "the limit of a batch is exact",
    async run(queue) {
      const { batchMax } = queue.limits;
      const jobs = Array.from({ length: batchMax + 1 }, () => ({ body: bytes("") }));
      await expectFault("argument.invalid", queue.enqueue(lane, jobs));
      await expectFault("argument.invalid", lease(queue, batchMax + 1));
      await queue.enqueue(lane, jobs.slice(1));
      strictEqual((await lease(queue, batchMax)).length, batchMax);
    },
  },
  {
    id: "WQ33",
    law: "cancel takes out what waits, spares what is held and says which",
    async run(queue, { clock }) {
      await add(queue, ["held", "ready"]);
      await add(queue, ["later"], { notBefore: clock.now() + 5_000 });
      const held = await leaseOne(queue);
      const cancel = (id: string) => queue.cancel(lane, id);
      deepStrictEqual(await Promise.all(["held", "ready", "later", "none"].map(cancel)), [
        "leased",
        "cancelled",
        "cancelled",
        "unknown",
      ]);
      settled(await queue.acknowledge([held]));
      deepStrictEqual(await Promise.all(["held", "ready"].map(cancel)), ["finished", "finished"]);
      await clock.advance(5_000);
      deepStrictEqual(await lease(queue, 9), []);
    },
  },
  {
    id: "WQ35",
    law: "only the queues that were asked for are leased from",
    async run(queue) {
      for (const name of ["a", "b", "c"]) {
        await queue.enqueue(name, [{ id: name, body: bytes("") }]);
      }
      const request = { max: 9, durationMs, worker: "w" };
      const jobs = await queue.lease({ ...request, queues: ["a", "c"] });
      deepStrictEqual([...idsOf(jobs)].sort(), ["a", "c"]);
      deepStrictEqual(idsOf(await queue.lease({ ...request, queues: ["b"] })), ["b"]);
    },
  },
  {
    id: "WQ39",
    law: "no queue starves behind another that is always full",
    async run(queue) {
      const full = Array.from({ length: 60 }, () => ({ body: bytes("") }));
      await queue.enqueue("full", full);
      await queue.enqueue("thin", [{ id: "thin", body: bytes("") }]);
      const request = { queues: ["full", "thin"], max: 2, durationMs, worker: "w" };
      const jobs = [];
      for (let i = 0; i < 4; i++) jobs.push(...(await queue.lease(request)));
      ok(idsOf(jobs).includes("thin"));
    },
  },
];

/** Lifecycle, hints and what survives. */
export const lifecycleCases: readonly QueueCase[] = [
  {
    id: "WQ36",
    law: "a closed queue refuses everything, and closing twice is harmless",
    async run(queue) {
      await queue.close();
      await queue.close();
      await expectFault("resource.closed", add(queue, ["a"]));
      await expectFault("resource.closed", lease(queue));
      await expectFault("resource.closed", queue.depth(lane));
      await expectFault("resource.closed", queue.acknowledge([]));
    },
  },
  {
    id: "WQ49",
    law: "an aborted call rejects with the reason, and before it was sent it has no effect",
    async run(queue) {
      const reason = new Error("gone");
      const signal = AbortSignal.abort(reason);
      const refused = queue.enqueue(lane, [{ id: "a", body: bytes("") }], { signal });
      strictEqual(await refused.catch((error: unknown) => error), reason);
      strictEqual(await queue.inspect(lane, "a"), null);
    },
  },
  {
    id: "WQ46",
    law: "hints come for this process's jobs, and without any of them polling still drains",
    async run(queue) {
      let hints = 0;
      const listening = queue.onReady(lane, () => hints++);
      await add(queue, ["a"]);
      await new Promise((resolve) => setImmediate(resolve));
      ok(hints > 0, "no hint came");
      listening[Symbol.dispose]();
      const before = hints;
      await add(queue, ["b"]);
      await new Promise((resolve) => setImmediate(resolve));
      strictEqual(hints, before);
      deepStrictEqual(idsOf(await lease(queue, 9)), ["a", "b"]);
    },
  },
  {
    id: "WQ50",
    law: "a reopened queue has the same jobs, leases, attempts and ids",
    when: (queue) => queue.capabilities.durable,
    controls: ["reopen"],
    async run(queue, kit) {
      await add(queue, ["held", "ready"]);
      const held = await leaseOne(queue);
      const again = await kit.reopen?.();
      if (again === undefined) throw new Error("the harness opened nothing");
      deepStrictEqual(idsOf(await lease(again, 9)), ["ready"]);
      deepStrictEqual(await add(again, ["held"]), [{ ok: true, id: "held", duplicate: true }]);
      settled(await again.acknowledge([held]));
    },
  },
  {
    id: "WQ40",
    law: "after kill -9 every enqueued job is there once; held ones return at `until`",
    when: (queue) => queue.capabilities.durable,
    controls: ["crash"],
    async run(_queue, kit) {
      const crashed = await kit.crash?.(60);
      ok(crashed !== undefined && crashed.reports.length >= 60);
      const { queue, reports } = crashed;
      const named = (verb: string) =>
        reports.filter((each) => each.startsWith(verb)).map((each) => each.split(" ")[1] ?? "");
      const done = new Set(named("done"));
      for (const id of named("added")) {
        const info = await queue.inspect(lane, id);
        ok(info !== null, `${id} was lost`);
        if (done.has(id)) strictEqual(info.state, "done", `${id} came back`);
      }
      await kit.clock.advance(durationMs);
      strictEqual((await queue.depth(lane)).leased, 0);
      const left = idsOf(await drain(queue));
      strictEqual(new Set(left).size, left.length);
      ok(left.every((id) => !done.has(id)));
      strictEqual((await queue.depth(lane)).ready, 0);
    },
  },
  {
    id: "WQ41",
    law: "an acknowledge whose answer was lost says `lease.lost` when repeated, and is done once",
    when: (queue) => queue.capabilities.durable,
    controls: ["reopen"],
    async run(queue, kit) {
      await add(queue, ["a"]);
      const job = await leaseOne(queue);
      settled(await queue.acknowledge([job]));
      const again = await kit.reopen?.();
      if (again === undefined) throw new Error("the harness opened nothing");
      lostOne(await again.acknowledge([job]));
      await kit.clock.advance(durationMs);
      deepStrictEqual(await lease(again), []);
    },
  },
];

async function drain(queue: Parameters<typeof lease>[0]) {
  const all = [];
  for (;;) {
    const jobs = await lease(queue, 50);
    if (jobs.length === 0) return all;
    all.push(...jobs);
    settled(await queue.acknowledge(jobs));
  }
}
