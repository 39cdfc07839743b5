import { VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { type QueueDriver, WorkQueue } from "@bedplate/queue";
import { type QueueKit, queueConformance, queueMutants } from "@bedplate/queue/conformance";
import { expect, test } from "vitest";
import { openMemoryQueue } from "../src/index.ts";

async function open(
  wrap: (driver: QueueDriver) => QueueDriver = (driver) => driver,
): Promise<OpenedTarget<WorkQueue, QueueKit>> {
  const clock = new VirtualClock();
  const driver = wrap(await openMemoryQueue({ clock }));
  const target = new WorkQueue(driver, { clock });
  const kit = { clock, second: async () => new WorkQueue(driver, { clock }) };
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

describeConformance({
  name: "queue-memory",
  cases: queueConformance,
  open,
  undeclared: ["WQ40", "WQ41", "WQ50"],
});

test.for(queueMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 1_000 };
  const killer = await killerOf(kills, queueConformance, options);
  expect(kills).toContain(killer);
});
