import { systemClock, VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { type StateDriver, StateStore } from "@bedplate/state";

import {
  openStateSubject,
  type StateKit,
  stateConformance,
  stateMutants,
} from "@bedplate/state/conformance";
import { silentLog } from "@bedplate/telemetry";
import { expect, test } from "vitest";
import { provider } from "../src/index.ts";
import { MemoryPlace } from "../src/memory-state.ts";

const limits = {
  keyBytesMax: 256,
  valueBytesMax: 4_096,
  commitItemsMax: 256,
  commitBytesMax: 16_384,
  pageMax: 200,
  historyCommitsMax: 64,
};

async function open(
  wrap?: (driver: StateDriver) => StateDriver,
): Promise<OpenedTarget<StateStore, StateKit>> {
  const virtualClock = new VirtualClock();
  const place = new MemoryPlace({ clock: virtualClock, limits });
  return openStateSubject({
    openDriver: async () => place.open(),
    wrap,
    virtualClock,
    seed: "memory",
  });
}

describeConformance({
  name: "state-memory",
  cases: stateConformance,
  open,
  undeclared: ["SS32", "SS55", "SS56", "SS57", "SS61"],
  blocked: {
    SS68: "its engine is the process itself",
    SS69: "its engine is the process itself",
  },
});

test.for(stateMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 1_000 };
  const killer = await killerOf(kills, stateConformance, options);
  expect(kills).toContain(killer);
});

test("memory: opens by its URL, and drivers of one scratch place share what is in it", async () => {
  const host = { clock: systemClock, log: silentLog, variables: {} };
  await using alone = await provider.open("memory:?historyCommitsMax=7", host);
  expect(alone.limits.historyCommitsMax).toBe(7);
  await using place = await provider.openScratch("memory:", host);
  await using one = new StateStore(await place.open());
  await using other = new StateStore(await place.open());
  await one.commit({ ops: [{ put: "a", value: new Uint8Array(1) }] });
  expect(await other.head()).toBe(1);
  expect(await new StateStore(alone).head()).toBe(0);
  await expect(provider.open("memory:?history=7", host)).rejects.toMatchObject({
    code: "argument.invalid",
  });
});
