import { type Mutant, overriding } from "@bedplate/conformance";
import type { JobInfo, QueueDriver } from "../queue-driver.ts";

/** Drivers that break one law each: of what a queue says of itself. */
export const reportMutants: readonly Mutant<QueueDriver>[] = [
  {
    name: "depth counts delayed jobs as ready",
    kills: ["WQ19", "WQ24"],
    breakDriver: (driver) =>
      overriding(driver, {
        async depth(queue) {
          const depth = await driver.depth(queue);
          return { ...depth, ready: depth.ready + depth.delayed, delayed: 0 };
        },
      }),
  },
  {
    name: "the history leaves out attempts that expired",
    kills: ["WQ54"],
    breakDriver: (driver) =>
      inspecting(driver, (info) => ({
        ...info,
        history: info.history.filter(({ end }) => end !== "expired"),
      })),
  },
  {
    name: "a redriven job keeps its old history",
    kills: ["WQ55"],
    breakDriver(driver) {
      let last: JobInfo["history"] = [];
      return inspecting(driver, (info) => {
        if (info.history.length > 0) last = info.history;
        return { ...info, history: last };
      });
    },
  },
  {
    name: "a dead job keeps its latest attempts only",
    kills: ["WQ55"],
    breakDriver: (driver) =>
      inspecting(driver, (info) => ({ ...info, history: info.history.slice(-10) })),
  },
  {
    name: "a page of dead jobs is one short",
    kills: ["WQ44"],
    breakDriver: (driver) =>
      overriding(driver, {
        dead: async (range) => (await driver.dead(range)).slice(0, range.limit - 1),
      }),
  },
  {
    name: "reasons are cut in the middle",
    kills: ["WQ56"],
    breakDriver: (driver) =>
      overriding(driver, {
        release: (releases) =>
          driver.release(releases.map((each) => ({ ...each, reason: each.reason.slice(0, 255) }))),
      }),
  },
  {
    name: "hints never come",
    kills: ["WQ46"],
    breakDriver: (driver) =>
      overriding(driver, { onReady: () => ({ [Symbol.dispose]: () => {} }) }),
  },
  {
    name: "hints come to listeners that left",
    kills: ["WQ46"],
    breakDriver: (driver) =>
      overriding(driver, {
        onReady(queue, listener) {
          driver.onReady?.(queue, listener);
          return { [Symbol.dispose]: () => {} };
        },
      }),
  },
];

function inspecting(driver: QueueDriver, change: (info: JobInfo) => JobInfo): QueueDriver {
  return overriding(driver, {
    async inspect(queue, id) {
      const info = await driver.inspect(queue, id);
      return info === null ? null : change(info);
    },
  });
}
