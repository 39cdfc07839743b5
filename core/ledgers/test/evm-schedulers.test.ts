import { expect, test } from "vitest";
import { evmSchedulerScenario } from "./scenarios/evm-scheduler-scenario.ts";

// The same at full size: `npm run prove -- ledgers`.

test("on the EVM, every scheduler gives the receipts, root and access list of the serial one", async () => {
  const seed = `${Date.now()}`;
  const report = await evmSchedulerScenario({ random: 24, adversarial: 16, seed });
  expect(report, seed).toMatchObject({ batches: 40 });
  expect(report.repeated).toBeGreaterThan(0);
  expect(report.lies).toBeGreaterThan(0);
  for (const end of ["success", "failure", "refused"]) {
    expect(report.ends[end], `${end} of ${seed}`).toBeGreaterThan(0);
  }
});
