import { openScratchFolder } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { clusterScenario } from "./scenarios/cluster.ts";
import { crashScenario } from "./scenarios/crash.ts";
import { engineCrashScenario } from "./scenarios/engine-crash.ts";
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

describeWithEngines("two servers and their engines", ["postgres", "redis"], () => {
  test.for(["postgres", "redis"] as const)(
    "are killed again and again, and lose no accepted run, with jobs in %s",
    { timeout: 240_000 },
    async (queue) => {
      using scratch = openScratchFolder();
      const { path: folder } = scratch;
      const report = await engineCrashScenario({ folder, kills: 4, queue, seed: `small-${queue}` });
      expect(report).toMatchObject({ lost: 0, doubled: 0, artifactsLost: 0 });
      expect(report.sweep).toMatchObject({ orphansLeft: 0, artifactsLost: 0 });
      expect(report.endedOnce).toBe(report.accepted);
      expect(report.accepted).toBeGreaterThan(0);
    },
  );
});

describeWithEngines("a cluster", ["postgres", "redis", "haproxy", "s3-strict"], () => {
  test("of two replicas behind HAProxy outlives either one", { timeout: 240_000 }, async () => {
    using scratch = openScratchFolder();
    const report = await clusterScenario({ folder: scratch.path, phaseMs: 1_500 });
    expect(report).toMatchObject({ lost: 0, doubled: 0, endedOnce: report.accepted });
    expect(report).toMatchObject({ followed: 6, cancelled: 6, replayedSame: 6 });
  });
});
