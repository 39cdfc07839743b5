import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isFault } from "@bedplate/errors";
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
  type QueueCase,
  settled,
} from "./queue-case.ts";

/** What holds when the way to the engine, the engine or its disk fails. */
export const engineFaultCases: readonly QueueCase[] = [
  {
    id: "WQ67",
    law: "a call that was cut off before it was sent did what it says, and the next one works",
    controls: ["cut"],
    async run(queue, kit) {
      await add(queue, ["first"]);
      control(kit.cut)("before-send");
      const effect = await effectOf(add(queue, ["a"]));
      const isThere = (await retried(() => queue.inspect(lane, "a"))) !== null;
      if (effect === "none") ok(!isThere, "effect none, but the job is there");
      if (effect === "applied") ok(isThere, "answered, but the job is not there");
    },
  },
  {
    id: "WQ68",
    law: "an enqueue whose answer was cut off is indeterminate; the same ids again make one job each",
    controls: ["cut"],
    async run(queue, kit) {
      await add(queue, ["first"]);
      control(kit.cut)("after-send");
      const effect = await effectOf(add(queue, ["a", "b"]));
      ok(effect !== "none", "the call arrived, and says that it had no effect");
      await retried(() => add(queue, ["a", "b"]));
      deepStrictEqual(idsOf(await drain(queue)), ["first", "a", "b"]);
    },
  },
  {
    id: "WQ69",
    law: "a job whose acknowledge was cut off is done or comes back, and is never stuck",
    controls: ["cut"],
    async run(queue, kit) {
      for (const moment of ["before-send", "after-send"] as const) {
        await add(queue, [moment]);
        const job = await leaseOne(queue, briefMs);
        control(kit.cut)(moment);
        const effect = await effectOf(queue.acknowledge([job]));
        await kit.clock.advance(briefMs);
        const info = await retried(() => queue.inspect(lane, job.id));
        ok(info?.state === "done" || info?.state === "ready", `the job is ${info?.state}`);
        if (effect === "applied") strictEqual(info.state, "done");
        if (effect === "none") strictEqual(info.state, "ready");
        await drain(queue);
      }
      strictEqual((await queue.depth(lane)).ready, 0);
    },
  },
  {
    id: "WQ70",
    law: "after kill -9 of the engine every job whose enqueue was answered is there, once",
    when: ({ capabilities }) => capabilities.durable,
    controls: ["killEngine"],
    async run(queue, kit) {
      const ids = Array.from({ length: 60 }, (_, i) => `j${i}`);
      const answered: string[] = [];
      const produce = async (id: string) => {
        if ((await effectOf(add(queue, [id]))) === "applied") answered.push(id);
      };
      for (const id of ids.slice(0, 10)) await produce(id);
      const rest = ids.slice(10).map(produce);
      await control(kit.killEngine)();
      await Promise.all(rest);
      ok(answered.length >= 10, "nothing was enqueued before the engine died");
      for (const id of answered) {
        ok((await retried(() => queue.inspect(lane, id))) !== null, `${id} was lost`);
      }
      await retried(() => add(queue, ids));
      deepStrictEqual(idsOf(await drain(queue)).toSorted(), ids.toSorted());
    },
  },
  {
    id: "WQ71",
    law: "on a slow network calls are late and right, and an abort does not wait for them",
    controls: ["slow"],
    async run(queue, kit) {
      const slow = control(kit.slow);
      await add(queue, ["a"]);
      slow(150);
      const reason = new Error("no time");
      const aborting = new AbortController();
      const aborted = queue.depth(lane, { signal: aborting.signal });
      aborting.abort(reason);
      strictEqual(await aborted.catch((error: unknown) => error), reason);
      const job = await leaseOne(queue, 5_000);
      deepStrictEqual(await lease(queue), []);
      settled(await queue.acknowledge([job]));
      slow(0);
      strictEqual((await queue.inspect(lane, "a"))?.state, "done");
    },
  },
  {
    id: "WQ72",
    law: "a full disk is `quota.exceeded` without effect; what is there can be read, and room helps",
    when: ({ capabilities }) => capabilities.durable,
    controls: ["fillDisk"],
    async run(queue, kit) {
      await add(queue, ["before"]);
      {
        await using _full = await control(kit.fillDisk)();
        const body = new Uint8Array(queue.limits.bodyBytesMax);
        const refused = queue.enqueue(lane, [{ id: "big", body }]);
        const fault = await refused.then(
          () => undefined,
          (error: unknown) => (isFault(error) ? error.fault : undefined),
        );
        deepStrictEqual([fault?.code, fault?.effect], ["quota.exceeded", "none"]);
        strictEqual((await queue.inspect(lane, "before"))?.state, "ready");
        strictEqual(await queue.inspect(lane, "big"), null);
      }
      settled(await queue.enqueue(lane, [{ id: "big", body: bytes("fits") }]));
      deepStrictEqual(idsOf(await drain(queue)), ["before", "big"]);
    },
  },
];

/** What a call that may fail says of its effect. */
async function effectOf(work: Promise<readonly { readonly ok: boolean }[]>): Promise<string> {
  try {
    settled(await work);
    return "applied";
  } catch (error) {
    if (isFault(error, "provider.unavailable")) return error.fault.effect;
    if (isFault(error, "provider.indeterminate")) return error.fault.effect;
    throw error;
  }
}

/** Calls until contact is there again. */
async function retried<T>(call: () => Promise<T>): Promise<T> {
  for (let left = 100; ; left--) {
    try {
      return await call();
    } catch (error) {
      const isLost =
        isFault(error, "provider.unavailable") || isFault(error, "provider.indeterminate");
      if (!isLost || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
