import { deepStrictEqual, ok } from "node:assert/strict";
import type { WorkQueue } from "../work-queue.ts";
import {
  add,
  bytes,
  control,
  durationMs,
  idsOf,
  lane,
  lease,
  type QueueCase,
  refusedOne,
  settled,
} from "./queue-case.ts";

/** Which job comes first. */
export const orderCases: readonly QueueCase[] = [
  {
    id: "WQ20",
    law: "jobs of one priority come in the order in which they were enqueued",
    async run(queue) {
      await add(queue, ["c", "a"]);
      await add(queue, ["b"]);
      await add(queue, ["d"]);
      deepStrictEqual(idsOf(await lease(queue, 3)), ["c", "a", "b"]);
      deepStrictEqual(idsOf(await lease(queue, 3)), ["d"]);
    },
  },
  {
    id: "WQ21",
    law: "a higher priority comes first, and the levels that are declared are all there is",
    when: hasPriorities,
    async run(queue) {
      for (const priority of [1, 3, 0, 2]) await add(queue, [`p${priority}`], { priority });
      deepStrictEqual(idsOf(await lease(queue, 9)), ["p3", "p2", "p1", "p0"]);
      const levels = queue.capabilities.priorities?.levels ?? 0;
      for (const priority of [-1, levels, 1.5]) {
        refusedOne(await add(queue, ["bad"], { priority }), "argument.invalid");
      }
    },
  },
  {
    id: "WQ22",
    law: "waiting outranks priority: one level per `agingMs`, and not a moment earlier",
    when: hasPriorities,
    controls: ["virtualClock"],
    async run(queue, { clock }) {
      const { agingMs = 0, levels = 0 } = queue.capabilities.priorities ?? {};
      await add(queue, ["old"], { priority: 0 });
      await clock.advance(agingMs * (levels - 1) - 1);
      await add(queue, ["younger"], { priority: levels - 1 });
      await clock.advance(2);
      await add(queue, ["youngest"], { priority: levels - 1 });
      deepStrictEqual(idsOf(await lease(queue, 3)), ["younger", "old", "youngest"]);
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
    law: "every queue that was asked for gets its share, however full the others are",
    async run(queue) {
      const queues = ["full", "fuller", "thin"];
      for (const name of queues) await fill(queue, name, 120);
      const counts = new Map(queues.map((name) => [name, 0]));
      for (let i = 0; i < 300; i++) {
        const [job] = await queue.lease({ queues, durationMs, worker: "w" });
        ok(job !== undefined, "nothing was ready");
        counts.set(job.queue, (counts.get(job.queue) ?? 0) + 1);
      }
      deepStrictEqual([...counts.values()], [100, 100, 100]);
    },
  },
  {
    id: "WQ45",
    law: "a lease costs no more than twice the steps among 100,000 jobs than among 1,000",
    controls: ["leaseSteps"],
    async run(queue, kit) {
      const leaseSteps = control(kit.leaseSteps);
      const { fill: put = (count: number) => fill(queue, lane, count) } = kit;
      await put(1_000);
      const few = await leaseSteps();
      await put(99_000);
      const many = await leaseSteps();
      ok(few > 0 && many <= 2 * few, `${few} steps among 1,000 jobs, ${many} among 100,000`);
    },
  },
];

function hasPriorities({ capabilities }: WorkQueue): boolean {
  return capabilities.priorities !== undefined;
}

async function fill(queue: WorkQueue, name: string, count: number): Promise<void> {
  const { batchMax } = queue.limits;
  for (let left = count; left > 0; left -= batchMax) {
    const jobs = Array.from({ length: Math.min(left, batchMax) }, () => ({ body: bytes("") }));
    settled(await queue.enqueue(name, jobs));
  }
}
