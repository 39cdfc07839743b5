import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { ledgerSwapScenario } from "../scenarios/ledger-swap.ts";

// The same at full size: `npm run prove -- ledger-swap`.

test("engines swapped below a ledger whose server dies leave the receipts and roots of a replay", async () => {
  using scratch = openScratchFolder("bedplate-swap");
  const seed = `${Date.now()}`;
  const report = await ledgerSwapScenario({ folder: scratch.path, kills: 4, blocks: 80, seed });
  expect(report, seed).toMatchObject({ kills: 4, lost: 0, wrongRollbacks: 0 });
  expect(report.replay.different, seed).toEqual([]);
  expect(report.replay.batches, seed).toBeGreaterThanOrEqual(80);
  expect(Object.keys(report.releases).length, seed).toBe(2);
}, 400_000);
