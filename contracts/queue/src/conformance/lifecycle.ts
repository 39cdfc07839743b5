import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { expectFault } from "@bedplate/conformance";
import {
  add,
  briefMs,
  bytes,
  control,
  drain,
  idsOf,
  lane,
  lease,
  leaseOne,
  lostOne,
  type QueueCase,
  settled,
} from "./queue-case.ts";
import { crashLeaseMs } from "./work-until-killed.ts";

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
      await expectFault("resource.closed", queue.cancel(lane, "a"));
      await expectFault("resource.closed", queue.inspect(lane, "a"));
      await expectFault("resource.closed", queue.dead(lane));
      await expectFault("resource.closed", queue.redrive(lane, []));
    },
  },
  {
    id: "WQ74",
    law: "what was called before closing is answered, and what it added is there",
    when: ({ capabilities }) => capabilities.durable,
    controls: ["reopen"],
    async run(queue, kit) {
      const calls = [1, 2, 3].map((i) => add(queue, [`j${i}`]));
      const closing = queue.close();
      for (const answers of await Promise.all(calls)) settled(answers);
      await closing;
      deepStrictEqual([...idsOf(await lease(await control(kit.reopen)(), 9))].sort(), [
        "j1",
        "j2",
        "j3",
      ]);
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
    id: "WQ37",
    law: "a queue without hints refuses to give any",
    when: ({ capabilities }) => capabilities.notify !== true,
    run: (queue) =>
      expectFault("capability.undeclared", (async () => queue.onReady(lane, () => {}))()).then(
        () => {},
      ),
  },
  {
    id: "WQ46",
    law: "hints come for this process's jobs, and without any of them polling still drains",
    when: ({ capabilities }) => capabilities.notify === true,
    async run(queue, kit) {
      let hints = 0;
      const listening = queue.onReady(lane, () => hints++);
      await add(queue, ["a"]);
      for (let i = 0; i < 400 && hints === 0; i++) await pause(5);
      ok(hints > 0, "no hint came");
      listening[Symbol.dispose]();
      const before = hints;
      await add(await kit.second(), ["b"]);
      await add(queue, ["c"]);
      await pause(10);
      strictEqual(hints, before, "a hint came after the listener left");
      deepStrictEqual(idsOf(await drain(queue)), ["a", "b", "c"]);
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
      const again = await control(kit.reopen)();
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
      const { queue, reports } = await control(kit.crash)(60);
      ok(reports.length >= 60);
      const named = (verb: string) =>
        reports.filter((each) => each.startsWith(verb)).map((each) => each.split(" ")[1] ?? "");
      const done = new Set(named("done"));
      for (const id of named("added")) {
        const info = await queue.inspect(lane, id);
        ok(info !== null, `${id} was lost`);
        if (done.has(id)) strictEqual(info.state, "done", `${id} came back`);
      }
      await kit.clock.advance(crashLeaseMs);
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
      const job = await leaseOne(queue, briefMs);
      settled(await queue.acknowledge([job]));
      const again = await control(kit.reopen)();
      lostOne(await again.acknowledge([job]));
      await kit.clock.advance(briefMs);
      deepStrictEqual(await lease(again), []);
    },
  },
  {
    id: "WQ43",
    law: "a worker whose event loop stalls past its lease is refused; the second worker's work counts",
    controls: ["stall"],
    async run(queue, kit) {
      await add(queue, ["a"]);
      const stalled = await control(kit.stall)();
      await kit.clock.advance(briefMs);
      const second = await leaseOne(queue);
      settled(await queue.acknowledge([second]));
      strictEqual(await stalled.resume(), "lease.lost");
      const info = await queue.inspect(lane, "a");
      deepStrictEqual(
        info?.history.map(({ end }) => end),
        ["expired", "acknowledged"],
      );
    },
  },
];
