import { describeConformance } from "@bedplate/conformance/vitest";
import { queueConformance } from "@bedplate/queue/conformance";
import { type Engine, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll } from "vitest";
import { openHarness } from "./postgres-harness.ts";

describeWithEngines("queue-postgres", ["postgres"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startPostgres();
  }, 120_000);
  afterAll(() => engine[Symbol.asyncDispose]());

  describeConformance({
    name: "queue-postgres",
    cases: queueConformance,
    open: () => openHarness(engine),
    undeclared: ["WQ37", "WQ58", "WQ59", "WQ60"],
    blocked: {
      WQ72: "an engine's full disk needs a file system of its own; how 53100 is read is tested in foundation/postgres",
    },
  });
});
