import { type Mutant, overriding } from "@bedplate/conformance";
import type { LeasedJob, QueueDriver } from "../queue-driver.ts";

/** Drivers that each break one law; the suite must notice every one. */
export const queueMutants: readonly Mutant<QueueDriver>[] = [
  {
    name: "settles do not compare the token",
    kills: ["WQ08", "WQ38"],
    breakDriver(driver) {
      const current = new Map<string, string>();
      const honest = <R extends { readonly id: string; readonly token: string }>(ref: R): R => ({
        ...ref,
        token: current.get(ref.id) ?? ref.token,
      });
      return overriding(driver, {
        async lease(request) {
          const jobs = await driver.lease(request);
          for (const { id, token } of jobs) current.set(id, token);
          return jobs;
        },
        acknowledge: (refs) => driver.acknowledge(refs.map(honest)),
        release: (releases) => driver.release(releases.map(honest)),
        extend: (refs, durationMs) => driver.extend(refs.map(honest), durationMs),
      });
    },
  },
  {
    name: "leases end a moment late",
    kills: ["WQ06"],
    breakDriver: (driver) =>
      overriding(driver, {
        lease: (request) => driver.lease({ ...request, durationMs: request.durationMs + 1 }),
      }),
  },
  {
    name: "extend adds to the end",
    kills: ["WQ10"],
    breakDriver: (driver) =>
      overriding(driver, {
        extend: (refs, durationMs) => driver.extend(refs, durationMs + 9_000),
      }),
  },
  {
    name: "an acknowledged job comes back",
    kills: ["WQ11", "WQ26"],
    breakDriver: (driver) =>
      overriding(driver, {
        acknowledge: async (refs) =>
          (
            await driver.release(
              refs.map((each) => ({ ...each, delayMs: 0, reason: "", bury: false })),
            )
          ).map((state) => state !== null),
      }),
  },
  {
    name: "an expired holder may acknowledge",
    kills: ["WQ07", "WQ43"],
    breakDriver: (driver) =>
      overriding(driver, { acknowledge: async (refs) => refs.map(() => true) }),
  },
  {
    name: "delays of releases are ignored",
    kills: ["WQ12"],
    breakDriver: (driver) =>
      overriding(driver, {
        release: (releases) => driver.release(releases.map((each) => ({ ...each, delayMs: 0 }))),
      }),
  },
  {
    name: "reasons are lost",
    kills: ["WQ16"],
    breakDriver: (driver) =>
      overriding(driver, {
        release: (releases) => driver.release(releases.map((each) => ({ ...each, reason: "" }))),
      }),
  },
  {
    name: "a job never runs out of attempts",
    kills: ["WQ14", "WQ15"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (queue, jobs) =>
          driver.enqueue(
            queue,
            jobs.map((job) => ({ ...job, attemptsMax: 1_000 })),
          ),
      }),
  },
  {
    name: "`notBefore` is ignored",
    kills: ["WQ18", "WQ19"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (queue, jobs) =>
          driver.enqueue(
            queue,
            jobs.map((job) => ({ ...job, notBefore: null })),
          ),
      }),
  },
  {
    name: "priority is ignored",
    kills: ["WQ21"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (queue, jobs) =>
          driver.enqueue(
            queue,
            jobs.map((job) => ({ ...job, priority: 4 })),
          ),
      }),
  },
  {
    name: "the last job comes first",
    kills: ["WQ20"],
    breakDriver: (driver) =>
      overriding(driver, {
        lease: async (request) => (await driver.lease(request)).toReversed(),
      }),
  },
  {
    name: "a second job with an id is added",
    kills: ["WQ25", "WQ28"],
    breakDriver(driver) {
      let count = 0;
      return overriding(driver, {
        enqueue: (queue, jobs) =>
          driver.enqueue(
            queue,
            jobs.map((job) => ({ ...job, id: `${job.id}.${count++}` })),
          ),
      });
    },
  },
  {
    name: "ids of all queues are one",
    kills: ["WQ27", "WQ35"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (_, jobs) => driver.enqueue("one", jobs),
        lease: (request) => driver.lease({ ...request, queues: ["one"] }),
      }),
  },
  {
    name: "a job is delivered twice",
    kills: ["WQ04", "WQ05"],
    breakDriver(driver) {
      let last: readonly LeasedJob[] = [];
      return overriding(driver, {
        async lease(request) {
          const jobs = await driver.lease(request);
          const answer = jobs.length > 0 ? jobs : last;
          last = jobs;
          return answer;
        },
      });
    },
  },
  {
    name: "cancel revokes leases",
    kills: ["WQ33"],
    breakDriver: (driver) => overriding(driver, { cancel: async () => "cancelled" }),
  },
  {
    name: "redrive counts what is not dead",
    kills: ["WQ17"],
    breakDriver: (driver) =>
      overriding(driver, {
        async redrive(queue, ids) {
          await driver.redrive(queue, ids);
          return ids.length;
        },
      }),
  },
  {
    name: "one queue is always looked at first",
    kills: ["WQ39"],
    breakDriver: (driver) =>
      overriding(driver, {
        async lease(request) {
          const jobs: LeasedJob[] = [];
          for (const queue of request.queues) {
            const max: number = request.max - jobs.length;
            if (max > 0) jobs.push(...(await driver.lease({ ...request, max, queues: [queue] })));
          }
          return jobs;
        },
      }),
  },
];
