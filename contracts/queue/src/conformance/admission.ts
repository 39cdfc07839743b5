import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { WorkQueue } from "../work-queue.ts";
import {
  add,
  bytes,
  drain,
  giveBack,
  idsOf,
  lane,
  lease,
  leaseOne,
  type QueueCase,
  refusedOne,
  settled,
} from "./queue-case.ts";

const dedupe = { key: "k", windowMs: 1_000 };

/** Which jobs are taken in, and which are taken out. */
export const admissionCases: readonly QueueCase[] = [
  {
    id: "WQ25",
    law: "a job whose key is in its window is a duplicate of the first, and changes nothing",
    when: hasDedupe,
    async run(queue) {
      deepStrictEqual(await add(queue, ["a"], { dedupe }), [added("a")]);
      deepStrictEqual(await add(queue, ["b"], { dedupe }), [duplicateOf("a")]);
      deepStrictEqual(await add(queue, ["c", "d"], { dedupe: { ...dedupe, key: "other" } }), [
        added("c"),
        duplicateOf("c"),
      ]);
      strictEqual(await queue.inspect(lane, "b"), null);
      deepStrictEqual(idsOf(await lease(queue, 9)), ["a", "c"]);
      for (const bad of [
        { ...dedupe, key: "" },
        { ...dedupe, windowMs: 0 },
      ]) {
        refusedOne(await add(queue, ["x"], { dedupe: bad }), "argument.invalid");
      }
      const windowMs = (queue.capabilities.dedupe?.windowMsMax ?? 0) + 1;
      const tooLong = await add(queue, ["x"], { dedupe: { key: "long", windowMs } });
      refusedOne(tooLong, "argument.invalid");
    },
  },
  {
    id: "WQ26",
    law: "the window closes exactly, whatever became of the job; duplicates do not extend it",
    when: hasDedupe,
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      await add(queue, ["done"], { dedupe });
      settled(await queue.acknowledge([await leaseOne(queue)]));
      await add(queue, ["dead"], { dedupe: { ...dedupe, key: "l" } });
      await giveBack(queue, await leaseOne(queue), { bury: true });
      await clock.advance(999);
      deepStrictEqual(await add(queue, ["x"], { dedupe }), [duplicateOf("done")]);
      deepStrictEqual(await add(queue, ["x"], { dedupe: { ...dedupe, key: "l" } }), [
        duplicateOf("dead"),
      ]);
      await clock.advance(1);
      deepStrictEqual(await add(queue, ["x"], { dedupe }), [added("x")]);
      deepStrictEqual(await add(queue, ["y"], { dedupe }), [duplicateOf("x")]);
    },
  },
  {
    id: "WQ27",
    law: "a key counts in its own queue only",
    when: hasDedupe,
    async run(queue) {
      await add(queue, ["a"], { dedupe });
      const other = await queue.enqueue("other", [{ id: "b", body: bytes(""), dedupe }]);
      deepStrictEqual(other, [added("b")]);
    },
  },
  {
    id: "WQ76",
    law: "of 50 racers with one key one adds a job, and all are told its id",
    when: hasDedupe,
    async run(queue, kit) {
      const other = await kit.second();
      const racers = Array.from({ length: 50 }, (_, i) =>
        add(i % 2 ? queue : other, [`r${i}`], { dedupe: { key: "k", windowMs: 60_000 } }),
      );
      const answers = (await Promise.all(racers)).flat();
      const winners = answers.filter((each) => each.ok && !each.duplicate);
      strictEqual(winners.length, 1);
      const ids = new Set(answers.map((each) => each.ok && each.id));
      strictEqual(ids.size, 1);
      deepStrictEqual(idsOf(await lease(queue, 9)), [...ids]);
    },
  },
  {
    id: "WQ53",
    law: "a second job with an id is a duplicate and changes nothing",
    async run(queue) {
      const [first] = await queue.enqueue(lane, [{ id: "a", body: bytes("1") }]);
      const [second] = await queue.enqueue(lane, [{ id: "a", body: bytes("2") }]);
      deepStrictEqual(first, { ok: true, id: "a", duplicate: false });
      deepStrictEqual(second, { ok: true, id: "a", duplicate: true });
      const [job, none] = await lease(queue, 2);
      strictEqual(Buffer.from(job?.body ?? []).toString(), "1");
      strictEqual(none, undefined);
    },
  },
  {
    id: "WQ51",
    law: "the id of a done job is taken until it is forgotten, and not longer",
    controls: ["virtualClock"],
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
    id: "WQ52",
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
      await add(queue, ["later"], { notBefore: clock.now() + 500 });
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
      strictEqual(await queue.cancel(lane, "not a name"), "unknown");
      await clock.advance(500);
      deepStrictEqual(await lease(queue, 9), []);
    },
  },
  {
    id: "WQ58",
    law: "a queue without groups refuses jobs that name one",
    when: ({ capabilities }) => capabilities.groups !== true,
    run: (queue) => expectUndeclared(queue, { group: "g" }),
  },
  {
    id: "WQ59",
    law: "a queue without priorities refuses jobs that name one",
    when: ({ capabilities }) => capabilities.priorities === undefined,
    run: (queue) => expectUndeclared(queue, { priority: 4 }),
  },
  {
    id: "WQ60",
    law: "a queue without deduplication refuses jobs that name a key",
    when: ({ capabilities }) => capabilities.dedupe === undefined,
    run: (queue) => expectUndeclared(queue, { dedupe }),
  },
];

function hasDedupe({ capabilities }: WorkQueue): boolean {
  return capabilities.dedupe !== undefined;
}

function added(id: string) {
  return { ok: true, id, duplicate: false };
}

function duplicateOf(id: string) {
  return { ok: true, id, duplicate: true };
}

async function expectUndeclared(queue: WorkQueue, more: Parameters<typeof add>[2]): Promise<void> {
  refusedOne(await add(queue, ["refused"], more), "capability.undeclared");
  await add(queue, ["plain"]);
  deepStrictEqual(idsOf(await drain(queue)), ["plain"]);
}
