import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { crashScenario } from "./scenarios/crash.ts";
import { swapScenario } from "./scenarios/swap.ts";

// The same scenarios at full size: `npm run prove`.

test("a server that is killed again and again loses no accepted run", {
  timeout: 120_000,
}, async () => {
  using scratch = openScratchFolder();
  const report = await crashScenario({ folder: scratch.path, kills: 3, runsPerLife: 30 });
  expect(report).toMatchObject({ lost: 0, doubled: 0, endedOnce: report.accepted });
  expect(report.accepted).toBeGreaterThan(0);
});

test("a slot that is swapped under load loses no run and runs none twice", {
  timeout: 60_000,
}, async () => {
  const report = await swapScenario({ perSecond: 100, seconds: 2, swaps: 3 });
  expect(report).toMatchObject({ submitted: 200, lost: 0, doubled: 0, isOldGone: true });
  expect(Object.keys(report.byVersion).length).toBe(2);
});
