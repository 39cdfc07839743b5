import { VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget, overriding } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { type QueueDriver, WorkQueue } from "@bedplate/queue";
import { type QueueKit, queueConformance, queueMutants } from "@bedplate/queue/conformance";
import { expect, test } from "vitest";
import { openMemoryQueue } from "../src/index.ts";

async function open(
  wrap: (driver: QueueDriver) => QueueDriver = (driver) => driver,
): Promise<OpenedTarget<WorkQueue, QueueKit>> {
  const clock = new VirtualClock();
  const memory = await openMemoryQueue({ clock });
  const driver = wrap(memory);
  const target = new WorkQueue(driver, { clock });
  const kit = {
    clock,
    virtualClock: true as const,
    second: async () => new WorkQueue(driver, { clock }),
    leaseSteps: async () => {
      const before = memory.comparisons;
      await target.lease({ queues: ["lane"], durationMs: 10_000, worker: "w" });
      return memory.comparisons - before;
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

const noNetwork = "the queue is in this process";
const blocked = {
  WQ43: "another thread cannot share this one's memory",
  WQ67: noNetwork,
  WQ68: noNetwork,
  WQ69: noNetwork,
  WQ71: noNetwork,
};
const notDurable = ["WQ40", "WQ41", "WQ50", "WQ70", "WQ72", "WQ74"];

describeConformance({
  name: "queue-memory",
  cases: queueConformance,
  open,
  undeclared: [...notDurable, "WQ37", "WQ58", "WQ59", "WQ60"],
  blocked,
});

describeConformance({
  name: "queue-memory, declaring nothing",
  cases: queueConformance,
  open: () => open((driver) => overriding(driver, { capabilities: { durable: false } })),
  undeclared: [
    ...notDurable,
    ...["WQ21", "WQ22", "WQ46"],
    ...["WQ25", "WQ26", "WQ27", "WQ76"],
    ...["WQ23", "WQ24", "WQ63", "WQ64", "WQ65", "WQ66", "WQ77"],
  ],
  blocked,
});

test.for(queueMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 2_000 };
  const killer = await killerOf(kills, queueConformance, options);
  expect(kills).toContain(killer);
});
