import { expect, test } from "vitest";
import { routeFuzzScenario } from "./scenarios/route-fuzz.ts";

// The same at full size: `npm run prove -- routes`.

test("broken requests are refused with a code and a pointer, and leave nothing", {
  timeout: 120_000,
}, async () => {
  const report = await routeFuzzScenario({ requests: 600, seed: 1 });
  expect(report.bad).toEqual([]);
  expect(report.leftBehind).toEqual([]);
});
