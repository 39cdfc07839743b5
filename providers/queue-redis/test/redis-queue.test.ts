import { describeConformance } from "@bedplate/conformance/vitest";
import { queueConformance } from "@bedplate/queue/conformance";
import { type Engine, startRedis } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll } from "vitest";
import { openHarness } from "./redis-harness.ts";

const undeclared = ["WQ37", "WQ58", "WQ59", "WQ60"];
const wholeTime = "the engine's clock cannot be stopped: the other run has a clock of its own";
const needsVirtualClock = queueConformance.filter(({ controls }) =>
  controls?.includes("virtualClock"),
);

describeWithEngines("queue-redis", ["redis"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startRedis({ settings: { "maxmemory-policy": "noeviction" } });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  describeConformance({
    name: "queue-redis by a clock that tests move",
    cases: queueConformance,
    open: () => openHarness(engine, "virtual"),
    undeclared,
  });

  describeConformance({
    name: "queue-redis by the engine's clock",
    cases: queueConformance.filter(({ id }) => id !== "WQ45"),
    open: () => openHarness(engine, "engine"),
    undeclared,
    blocked: Object.fromEntries(needsVirtualClock.map(({ id }) => [id, wholeTime])),
  });
});
