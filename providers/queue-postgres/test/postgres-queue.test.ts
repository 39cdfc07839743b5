import { killerOf } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { contactMutants, queueConformance } from "@bedplate/queue/conformance";
import { type Engine, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHarness } from "./postgres-harness.ts";

const undeclared = ["WQ37", "WQ58", "WQ59", "WQ60"];
const fullDisk = {
  WQ72: "an engine's full disk needs a file system of its own; how 53100 is read is tested in foundation/postgres",
};
const wholeTime = "the engine's clock cannot be stopped: the other run has a clock of its own";
const needsVirtualClock = queueConformance
  .filter(({ controls }) => controls?.includes("virtualClock"))
  .map(({ id }) => [id, wholeTime] as const);

describeWithEngines("queue-postgres", ["postgres"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startPostgres();
  }, 120_000);
  afterAll(() => engine[Symbol.asyncDispose]());

  describeConformance({
    name: "queue-postgres by a clock that tests move",
    cases: queueConformance,
    open: () => openHarness(engine, "virtual"),
    undeclared,
    blocked: fullDisk,
  });

  describeConformance({
    name: "queue-postgres by the engine's clock",
    cases: queueConformance.filter(({ id }) => id !== "WQ45"),
    open: () => openHarness(engine, "engine"),
    undeclared,
    blocked: { ...fullDisk, ...Object.fromEntries(needsVirtualClock) },
  });

  test.for(contactMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
    const open = () => openHarness(engine, "virtual", { wrap: breakDriver });
    expect(kills).toContain(await killerOf(kills, queueConformance, { open }));
  });
});
