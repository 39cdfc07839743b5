import { systemClock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { eventually } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { followMachines, type Machine, MachineStore } from "../src/index.ts";
import { machineTable } from "../src/machine-tables.ts";
import { openRig, settle } from "./rig.ts";

test("what is committed while a watch is broken is told when it goes on, without a gap", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p" });
  const machine = await settle(rig, id);
  const state = new StateStore(await openMemoryState());
  const put = (edition: number) => {
    const ops = [machineTable.put(`p/${id}`, { ...machine, edition })];
    return state.commit({ ops });
  };
  let breaks = 1;
  const watch: StateStore["watch"] = async function* (request, options) {
    for await (const commit of state.watch(request, options)) {
      yield commit;
      if (breaks-- <= 0) continue;
      await put(2);
      throw away();
    }
  };
  const broken = { watch, head: () => state.head() } as unknown as StateStore;
  const store = new MachineStore({ state: broken, clock: systemClock });
  const ending = new AbortController();
  const told: number[] = [];
  let gaps = 0;
  const following = followMachines(store, {
    clock: systemClock,
    after: 0,
    signal: ending.signal,
    tell: (each: Machine) => told.push(each.edition),
    onGap: () => gaps++,
  });
  await put(1);
  await eventually("both are told", async () => told.length === 2);
  ending.abort();
  await following;
  expect([told, gaps]).toEqual([[1, 2], 0]);
});

function away(): Error {
  return raise("provider.unavailable", {
    op: "state.watch",
    detail: { provider: "memory" },
    message: "It is away",
  });
}
