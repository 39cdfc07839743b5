import { expect, test } from "vitest";
import { schedulerScenario } from "./scenarios/scheduler-scenario.ts";

// The same at full size: `npm run prove -- ledgers`.

test("every scheduler gives the receipts, root and access list of the serial one", async () => {
  const seed = `${Date.now()}`;
  const report = await schedulerScenario({ random: 60, adversarial: 36, seed });
  expect(report, seed).toMatchObject({ batches: 96 });
  expect(report.repeated).toBeGreaterThan(0);
  expect(report.lies).toBeGreaterThan(0);
});
