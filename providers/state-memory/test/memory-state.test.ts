import { VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { type StateDriver, StateStore } from "@bedplate/state";
import { type StateKit, stateConformance, stateMutants } from "@bedplate/state/conformance";
import { expect, test } from "vitest";
import { openMemoryState } from "../src/index.ts";

const limits = {
  keyBytesMax: 256,
  valueBytesMax: 4_096,
  commitItemsMax: 256,
  commitBytesMax: 16_384,
  pageMax: 200,
  historyCommitsMax: 64,
};

async function open(
  wrap: (driver: StateDriver) => StateDriver = (driver) => driver,
): Promise<OpenedTarget<StateStore, StateKit>> {
  const clock = new VirtualClock();
  const driver = wrap(await openMemoryState({ clock, limits }));
  const target = new StateStore(driver, { clock });
  const kit = { clock, seed: "memory", second: async () => new StateStore(driver, { clock }) };
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

describeConformance({
  name: "state-memory",
  cases: stateConformance,
  open,
  undeclared: ["SS32", "SS55", "SS61"],
});

test.for(stateMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 1_000 };
  const killer = await killerOf(kills, stateConformance, options);
  expect(kills).toContain(killer);
});
