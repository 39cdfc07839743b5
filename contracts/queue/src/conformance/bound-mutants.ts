import { setTimeout as pause } from "node:timers/promises";
import { type Mutant, overriding } from "@bedplate/conformance";
import type { QueueDriver } from "../queue-driver.ts";

/** Drivers that break one law each: at a limit, on many items, or when calls overlap. */
export const boundMutants: readonly Mutant<QueueDriver>[] = [
  {
    name: "a lease waits when nothing is ready",
    kills: ["WQ01"],
    breakDriver: (driver) =>
      overriding(driver, {
        async lease(request) {
          const jobs = await driver.lease(request);
          if (jobs.length === 0) await pause(20);
          return jobs;
        },
      }),
  },
  {
    name: "one lost lease makes a whole settle fail",
    kills: ["WQ32"],
    breakDriver: (driver) =>
      overriding(driver, {
        async acknowledge(refs) {
          const answers = await driver.acknowledge(refs);
          return answers.map(() => answers.every((each) => each));
        },
      }),
  },
  {
    name: "a full batch loses its last job",
    kills: ["WQ48"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (queue, jobs) => driver.enqueue(queue, jobs.slice(0, driver.limits.batchMax - 1)),
      }),
  },
  {
    name: "a body of the full size is refused",
    kills: ["WQ29"],
    breakDriver: (driver) =>
      overriding(driver, {
        async enqueue(queue, jobs) {
          const isFull = jobs.some(({ body }) => body.byteLength === driver.limits.bodyBytesMax);
          if (isFull) throw new Error("too long");
          return driver.enqueue(queue, jobs);
        },
      }),
  },
  {
    name: "the longest lease is refused",
    kills: ["WQ30"],
    breakDriver: (driver) =>
      overriding(driver, {
        async lease(request) {
          if (request.durationMs === driver.limits.leaseMsMax) throw new Error("too long");
          return driver.lease(request);
        },
      }),
  },
  {
    name: "a job that is released for the longest delay is lost",
    kills: ["WQ31"],
    breakDriver: (driver) =>
      overriding(driver, {
        release: (releases) =>
          driver.release(releases.filter(({ delayMs }) => delayMs < driver.limits.delayMsMax)),
      }),
  },
  {
    name: "an acknowledge fails while an extend of the lease is under way",
    kills: ["WQ80"],
    breakDriver(driver) {
      let extending = 0;
      return overriding(driver, {
        async extend(refs, durationMs) {
          extending++;
          try {
            return await driver.extend(refs, durationMs);
          } finally {
            extending--;
          }
        },
        acknowledge: async (refs) =>
          extending > 0 ? refs.map(() => false) : driver.acknowledge(refs),
      });
    },
  },
];
