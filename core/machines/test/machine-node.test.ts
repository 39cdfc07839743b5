import { systemClock } from "@bedplate/clock";
import { eventually } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { LocalControl, MachineNode } from "../src/index.ts";
import { missingMachine } from "../src/machine-store.ts";
import { Departures } from "../src/node/departures.ts";
import type { NodeControl } from "../src/node/node-control.ts";
import { instancesOf, openRig, type Rig, settle, steps } from "./rig.ts";

test("a wish that a node did not hear of is found by its next comparison", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p" });
  await settle(rig, id);
  await rig.crash();
  await using node = deaf(rig);
  await node.start();
  await rig.machines.pause("p", id);
  await node.compare();
  await eventually("it is paused", async () => {
    return (await rig.machines.get("p", id)).observed.state === "paused";
  });
});

test("a machine that nobody remembers is ended", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p" });
  await settle(rig, id);
  await rig.crash();
  let isForgotten = false;
  const control = new LocalControl(rig.modules.store, { clock: systemClock });
  await using node = deaf(rig, {
    held: (name) => (isForgotten ? none() : control.held(name)),
    get: async (ref) => {
      throw missingMachine(ref.id);
    },
  });
  await node.start();
  expect(await instancesOf(rig)).toHaveLength(1);
  isForgotten = true;
  await node.compare();
  await eventually("it is gone", async () => (await instancesOf(rig)).length === 0);
});

test("comparisons come one after the other, and none before the start", async () => {
  await using rig = await openRig();
  await rig.crash();
  let atOnce = 0;
  const seen: number[] = [];
  await using node = deaf(rig, {
    held: async function* () {
      seen.push(++atOnce);
      await systemClock.sleep(5);
      atOnce--;
      yield* none();
    },
  });
  await node.compare();
  expect(seen).toEqual([]);
  await Promise.all([node.start(), node.compare(), node.compare()]);
  expect(seen).toEqual([1, 1, 1]);
});

test("a node that ends moves no machine any more, though its turn comes", async () => {
  await using rig = await openRig();
  const machine = await rig.machines.create({ project: "p" });
  const stopping = new AbortController();
  const hush = async () => {
    stopping.abort();
    return { [Symbol.dispose]: () => {} };
  };
  const moved: string[] = [];
  const departures = new Departures(hush, stopping.signal);
  for (let at = 0; at < 2; at++) {
    const after = await departures.run(machine, async () => {
      moved.push(machine.id);
      return machine;
    });
    expect(after).toBe(machine);
  }
  expect(moved).toEqual([]);
});

test("a machine that gets ready while its node ends is not written down as running", async () => {
  const rig = await openRig();
  const start = {
    command: steps({ do: "tick", ms: 2 })[1] ?? "",
    ready: steps({ do: "exit", code: 1 })[1] ?? "",
  };
  const { id } = await rig.machines.create({ project: "p", start });
  await eventually("it is starting", async () => {
    return (await rig.machines.get("p", id)).observed.state === "starting";
  });
  await rig.crash();
  expect((await rig.machines.get("p", id)).observed.state).toBe("starting");
  await rig[Symbol.asyncDispose]();
});

/** A node that hears of no change. */
function deaf(rig: Rig, changes: Partial<NodeControl> = {}): MachineNode {
  const { store, clock, log, blobs } = rig.modules;
  const control = Object.assign(new LocalControl(store, { clock }), { follow: none, ...changes });
  return new MachineNode({ id: "node-1", control, registry: rig.registry, blobs, clock, log });
}

async function* none(): AsyncGenerator<never, void, void> {
  yield* [];
}
