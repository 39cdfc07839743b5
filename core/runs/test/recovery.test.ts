import { VirtualClock } from "@bedplate/clock";
import { silentLog } from "@bedplate/telemetry";
import { expect, test } from "vitest";
import { ArtifactClaims } from "../src/artifact-claims.ts";
import { holdEveryMs, holdMs, keepHold } from "../src/holding.ts";
import { Recovery } from "../src/recovery.ts";
import type { Run } from "../src/run.ts";
import { RunStore } from "../src/run-store.ts";
import { openRig, scriptOf } from "./rig.ts";

/** A store with one open run, and a recovery that notes what it enqueues. */
async function openRecovery() {
  const rig = await openRig();
  const store = new RunStore(rig.modules.state, new ArtifactClaims(rig.modules.state));
  const clock = new VirtualClock();
  const enqueued: string[] = [];
  const queued = { enqueue: async ({ id }: Pick<Run, "id">) => void enqueued.push(id) };
  const recovery = new Recovery(store, { queued, clock, log: silentLog });
  const accept = async (heldUntil?: number) => {
    const { id } = await rig.runs.submit(scriptOf([{ do: "return" }]));
    const run = (await store.get("p", id)).document;
    if (heldUntil !== undefined) await store.hold(run, { replica: "one", until: heldUntil });
    return run;
  };
  return {
    store,
    clock,
    enqueued,
    recovery,
    accept,
    [Symbol.asyncDispose]: async () => {
      await recovery[Symbol.asyncDispose]();
      await rig[Symbol.asyncDispose]();
    },
  };
}

test("a start takes up every open run but those that a replica holds", async () => {
  await using opened = await openRecovery();
  const { accept, clock, enqueued, recovery } = opened;
  const free = await accept();
  await accept(clock.now() + holdMs);
  const lost = await accept(clock.now() - 1);
  expect(await recovery.recoverAll()).toBe(2);
  expect(enqueued.toSorted()).toEqual([free.id, lost.id].toSorted());
});

test("a held run is taken up once its replica says no more that it goes on", async () => {
  await using opened = await openRecovery();
  const { accept, clock, enqueued, recovery, store } = opened;
  const run = await accept(clock.now() + holdMs);
  recovery.start();
  const hold = keepHold(run, {
    cancel: new AbortController(),
    modules: { clock, log: silentLog, replica: "one" },
    store,
  });
  for (let round = 0; round < 12; round++) {
    await clock.advance(holdEveryMs);
    await heldUntil(store, (until) => until === clock.now() + holdMs);
  }
  expect(enqueued).toEqual([]);
  await hold[Symbol.asyncDispose]();
  for (let round = 0; round < 4; round++) await clock.advance(holdMs / 2);
  await expect.poll(() => enqueued).toEqual([run.id]);
  await expect.poll(() => heldUntil(store, () => true)).toBe(undefined);
});

test("who holds a run sees that a cancel was asked for", async () => {
  await using opened = await openRecovery();
  const { accept, clock, store } = opened;
  const run = await accept(clock.now() + holdMs);
  const cancel = new AbortController();
  await using _hold = keepHold(run, {
    cancel,
    modules: { clock, log: silentLog, replica: "one" },
    store,
  });
  await store.askCancel(run.id);
  await clock.advance(holdEveryMs);
  await expect.poll(() => cancel.signal.aborted).toBe(true);
});

test("a run that has ended is held no more", async () => {
  await using opened = await openRecovery();
  const { accept, clock, store } = opened;
  const run = await accept(clock.now() + holdMs);
  await store.change(await store.get("p", run.id), { ...run, phase: "cancelled" });
  await store.hold(run, { replica: "one", until: clock.now() + holdMs });
  expect(await heldUntil(store, () => true)).toBeUndefined();
});

/** Waits until the one held run fits; answers its instant, undefined where there is none. */
async function heldUntil(
  store: RunStore,
  fits: (until: number) => boolean,
): Promise<number | undefined> {
  for (let round = 0; round < 200; round++) {
    let found: number | undefined;
    for await (const { until } of store.held()) found = until;
    if (found === undefined || fits(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("Waited in vain: the hold was not renewed");
}
