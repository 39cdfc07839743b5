import { VirtualClock } from "@bedplate/clock";
import { expect, test } from "vitest";
import { Batcher } from "../src/seal/batcher.ts";
import { openRig } from "./rig.ts";

/** A batcher of one ledger whose seals are counted. */
async function openBatcher(pauseMs: number) {
  const clock = new VirtualClock();
  const rig = await openRig();
  const counts = { seals: 0 };
  const sealer = {
    seal: async () => {
      counts.seals++;
      return null;
    },
    idleUntil: () => clock.monotonic() + pauseMs,
  };
  const parts = {
    sealer,
    store: { byId: async () => ({ ledger: { id: "l", slot: "fake" } }), head: async () => ({}) },
    waiting: { ledgers: async () => ["l"] },
    leases: {
      hold: (_: string, __: unknown, work: (...given: unknown[]) => unknown) => work({}, undefined),
    },
  };
  const batcher = new Batcher({ ...rig.modules, clock }, parts as never);
  batcher.start();
  const dispose = async () => {
    await batcher[Symbol.asyncDispose]();
    await rig[Symbol.asyncDispose]();
  };
  return { batcher, clock, counts, [Symbol.asyncDispose]: dispose };
}

test("a ledger whose transactions are all postponed rests until the first is tried again", async () => {
  await using opened = await openBatcher(500);
  const { batcher, clock, counts } = opened;
  await clock.advance(400);
  expect(counts.seals).toBe(1);
  await clock.advance(200);
  expect(counts.seals).toBe(2);
  batcher.accepted("another");
  await clock.advance(100);
  expect(counts.seals).toBe(2);
  batcher.accepted("l");
  await clock.advance(100);
  expect(counts.seals).toBe(3);
});

test("however long they are postponed, what other replicas accept is looked for each second", async () => {
  await using opened = await openBatcher(60_000);
  await opened.clock.advance(3_500);
  expect(opened.counts.seals).toBe(4);
});
