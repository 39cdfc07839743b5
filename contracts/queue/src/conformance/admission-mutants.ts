import { type Mutant, overriding } from "@bedplate/conformance";
import type { DriverJob, QueueDriver } from "../queue-driver.ts";

/** Drivers that break one law each: of ids, keys, groups, times and of taking jobs out. */
export const admissionMutants: readonly Mutant<QueueDriver>[] = [
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
    name: "a second job with an id is added",
    kills: ["WQ53", "WQ28"],
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
    kills: ["WQ52", "WQ35"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: (_, jobs) => driver.enqueue("one", jobs),
        lease: (request) => driver.lease({ ...request, queues: ["one"] }),
      }),
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
    name: "the ids of done jobs are free at once",
    kills: ["WQ51"],
    breakDriver(driver) {
      const done = new Set<string>();
      return overriding(driver, {
        async acknowledge(refs) {
          for (const { id } of refs) done.add(id);
          return driver.acknowledge(refs);
        },
        enqueue: (queue, jobs) =>
          driver.enqueue(
            queue,
            jobs.map((job) => (done.has(job.id) ? { ...job, id: `${job.id}.again` } : job)),
          ),
      });
    },
  },
  {
    name: "keys are ignored",
    kills: ["WQ25", "WQ76"],
    breakDriver: (driver) => changing(driver, () => ({ dedupe: null })),
  },
  {
    name: "a key's window closes a moment late",
    kills: ["WQ26"],
    breakDriver: (driver) =>
      changing(driver, ({ dedupe }) => ({
        dedupe: dedupe && { ...dedupe, windowMs: dedupe.windowMs + 1 },
      })),
  },
  {
    name: "a key is free once its job is done",
    kills: ["WQ26"],
    breakDriver(driver) {
      const done = new Set<string>();
      const broken = changing(driver, ({ dedupe }) => ({
        dedupe: dedupe && { ...dedupe, key: `${dedupe.key}${done.size}` },
      }));
      return overriding(broken, {
        async acknowledge(refs) {
          for (const { token } of refs) done.add(token);
          return driver.acknowledge(refs);
        },
      });
    },
  },
  {
    name: "keys of all queues are one",
    kills: ["WQ27"],
    breakDriver(driver) {
      const holders = new Map<string, string>();
      return overriding(driver, {
        async enqueue(queue, jobs) {
          const key = jobs[0]?.dedupe?.key ?? "";
          const holder = holders.get(key);
          if (holder !== undefined) return jobs.map(() => ({ id: holder, duplicate: true }));
          const answers = await driver.enqueue(queue, jobs);
          if (key !== "" && answers[0] !== undefined) holders.set(key, answers[0].id);
          return answers;
        },
      });
    },
  },
  {
    name: "a duplicate is told its own id",
    kills: ["WQ25", "WQ76"],
    breakDriver: (driver) =>
      overriding(driver, {
        enqueue: async (queue, jobs) =>
          (await driver.enqueue(queue, jobs)).map((answer, index) => ({
            ...answer,
            id: jobs[index]?.id ?? answer.id,
          })),
      }),
  },
  {
    name: "groups are ignored",
    kills: ["WQ23", "WQ65", "WQ66"],
    breakDriver: (driver) => changing(driver, () => ({ group: null })),
  },
  {
    name: "groups of all names are one",
    kills: ["WQ63"],
    breakDriver: (driver) => changing(driver, ({ group }) => ({ group: group && "one" })),
  },
  {
    name: "who of a group is delayed is overtaken",
    kills: ["WQ24"],
    breakDriver: (driver) =>
      changing(driver, ({ group, notBefore }) => ({ group: notBefore === null ? group : null })),
  },
  {
    name: "a group ends with a job that is buried",
    kills: ["WQ64", "WQ65"],
    breakDriver(driver) {
      let isOver = false;
      return overriding(driver, {
        release(releases) {
          isOver ||= releases.some(({ bury }) => bury);
          return driver.release(releases);
        },
        lease: async (request) =>
          (await driver.lease(request)).filter(({ group }) => group === null || !isOver),
      });
    },
  },
  {
    name: "`expiresAt` is ignored",
    kills: ["WQ34", "WQ57"],
    breakDriver: (driver) => changing(driver, () => ({ expiresAt: null })),
  },
  {
    name: "a job expires a moment late",
    kills: ["WQ34"],
    breakDriver: (driver) =>
      changing(driver, ({ expiresAt }) => ({ expiresAt: expiresAt && expiresAt + 1 })),
  },
  {
    name: "cancel only says that it did",
    kills: ["WQ33", "WQ64"],
    breakDriver: (driver) =>
      overriding(driver, {
        async cancel(queue, id) {
          const state = (await driver.inspect(queue, id))?.state;
          if (state === "ready" || state === "delayed") return "cancelled";
          return driver.cancel(queue, id);
        },
      }),
  },
];

/** Changes every job on its way in. */
function changing(
  driver: QueueDriver,
  change: (job: DriverJob) => Partial<DriverJob>,
): QueueDriver {
  return overriding(driver, {
    enqueue: (queue, jobs) =>
      driver.enqueue(
        queue,
        jobs.map((job) => ({ ...job, ...change(job) })),
      ),
  });
}
