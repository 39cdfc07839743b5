import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { ledgerSwapScenario } from "../scenarios/ledger-swap.ts";

// The same at full size: `npm run prove -- ledger-swap`.

test("engines swapped below a ledger whose server dies leave the receipts and roots of a replay", async () => {
  using scratch = openScratchFolder("bedplate-swap");
  const seed = `${Date.now()}`;
  const report = await ledgerSwapScenario({ folder: scratch.path, kills: 4, perLife: 40, seed });
  expect(report, seed).toMatchObject({ kills: 4, lost: 0, wrongRollbacks: 0 });
  expect(report.acknowledged + report.refused, seed).toBe(160);
  expect(report.replay.different, seed).toEqual([]);
  // How many a rollback leaves, and on which release they ran, is up to chance.
  expect(report.replay.transactions, seed).toBeGreaterThan(0);
}, 400_000);
