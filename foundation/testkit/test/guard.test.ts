import { expect, test } from "vitest";
import { eventually, isListening, killAfterLines } from "../src/index.ts";
import { describeWithEngines } from "../src/vitest.ts";

describeWithEngines("engines of processes that die", ["redis"], () => {
  test("an engine does not outlive the process that owns it, whatever kills that", async () => {
    const [port] = await killAfterLines(new URL("support/hold-engine.ts", import.meta.url), {
      args: [],
      linesMin: 1,
    });
    expect(Number(port)).toBeGreaterThan(0);
    await eventually("the engine is gone", async () => !(await isListening(Number(port))));
  });
});
