import { type Mutant, overriding } from "@bedplate/conformance";
import { isFault, raise } from "@bedplate/errors";
import type { QueueDriver } from "../queue-driver.ts";

/** Drivers that break one law each when contact breaks; for harnesses that can cut it. */
export const contactMutants: readonly Mutant<QueueDriver>[] = [
  {
    name: "a call whose answer was lost says that it had no effect",
    kills: ["WQ68"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (queue, jobs) =>
          driver.enqueue(queue, jobs).catch((error: unknown) => {
            if (!isFault(error, "provider.indeterminate")) throw error;
            throw raise("provider.unavailable", {
              op: "queue.enqueue",
              detail: { provider: "mutant" },
              message: "Cannot reach the engine: the connection was lost",
            });
          }),
      }),
  },
  {
    name: "an enqueue whose answer was lost is repeated under other ids",
    kills: ["WQ68"],
    breakDriver: (driver) =>
      overriding(driver, {
        async enqueue(queue, jobs) {
          try {
            return await driver.enqueue(queue, jobs);
          } catch (error) {
            if (!isFault(error, "provider.indeterminate")) throw error;
            await new Promise((resolve) => setTimeout(resolve, 300));
            await driver.enqueue(
              queue,
              jobs.map((job) => ({ ...job, id: `${job.id}.again` })),
            );
            return jobs.map(({ id }) => ({ id, duplicate: false }));
          }
        },
      }),
  },
];
