import { type Mutant, overriding } from "@bedplate/conformance";
import type { LeasedJob, QueueDriver } from "../queue-driver.ts";

/** Drivers that break one law each: of leases, settles and order. */
export const leaseMutants: readonly Mutant<QueueDriver>[] = [
  {
    name: "settles do not compare the token",
    kills: ["WQ08", "WQ09", "WQ38", "WQ77"],
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
    kills: ["WQ11", "WQ51"],
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
    kills: ["WQ07", "WQ73", "WQ78", "WQ79"],
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
    name: "a job gets an attempt too many",
    kills: ["WQ14", "WQ15"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (queue, jobs) =>
          driver.enqueue(
            queue,
            jobs.map((job) => ({ ...job, attemptsMax: job.attemptsMax + 1 })),
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
  {
    name: "waiting never outranks priority",
    kills: ["WQ22"],
    breakDriver: (driver) =>
      overriding(driver, {
        lease: async (request) =>
          (await driver.lease(request)).toSorted((a, b) => b.priority - a.priority),
      }),
  },
  {
    name: "a lease gives more than was asked for",
    kills: ["WQ20"],
    breakDriver: (driver) =>
      overriding(driver, {
        lease: (request) => driver.lease({ ...request, max: request.max + 1 }),
      }),
  },
  {
    name: "a lease finds nothing now and then, though jobs are ready",
    kills: ["WQ73", "WQ78", "WQ79"],
    breakDriver(driver) {
      let count = 0;
      return overriding(driver, {
        lease: async (request) => (count++ % 5 === 4 ? [] : driver.lease(request)),
      });
    },
  },
  {
    name: "a job that is held holds up the others",
    kills: ["WQ61"],
    breakDriver: (driver) =>
      overriding(driver, {
        async lease(request) {
          const [queue = ""] = request.queues;
          return (await driver.depth(queue)).leased > 0 ? [] : driver.lease(request);
        },
      }),
  },
  {
    name: "an extend is forgotten",
    kills: ["WQ10", "WQ62"],
    breakDriver(driver) {
      let known = 0;
      return overriding(driver, {
        async lease(request) {
          known = Date.now() + request.durationMs;
          return driver.lease(request);
        },
        extend: async (refs) => refs.map(() => known),
      });
    },
  },
  {
    name: "bodies lose their last byte",
    kills: ["WQ02"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (queue, jobs) =>
          driver.enqueue(
            queue,
            jobs.map((job) => ({ ...job, body: job.body.subarray(0, -1) })),
          ),
      }),
  },
  {
    name: "all leases of a job share one body",
    kills: ["WQ03"],
    breakDriver(driver) {
      const bodies = new Map<string, Uint8Array>();
      return overriding(driver, {
        async lease(request) {
          const jobs = await driver.lease(request);
          for (const { id, body } of jobs) if (!bodies.has(id)) bodies.set(id, body);
          return jobs.map((job) => ({ ...job, body: bodies.get(job.id) ?? job.body }));
        },
      });
    },
  },
  {
    name: "every attempt is the first",
    kills: ["WQ13"],
    breakDriver: (driver) =>
      overriding(driver, {
        lease: async (request) =>
          (await driver.lease(request)).map((job) => ({ ...job, attempt: 1 })),
      }),
  },
  {
    name: "burying only gives back",
    kills: ["WQ47"],
    breakDriver: (driver) =>
      overriding(driver, {
        release: (releases) => driver.release(releases.map((each) => ({ ...each, bury: false }))),
      }),
  },
];
