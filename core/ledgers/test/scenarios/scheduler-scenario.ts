import assert from "node:assert";
import { encodeScript } from "@bedplate/environment-fake";
import type { Transaction } from "../../src/index.ts";
import { openRig, project, type Rig } from "../rig.ts";
import { Comparison, MemoryBase, rootFromNothing } from "./comparison.ts";
import { adversarialBatch, Dice, type MadeBatch, randomBatch } from "./random-batches.ts";

/** What came of comparing the schedulers. */
export interface SchedulerReport {
  readonly seed: string;
  readonly batches: number;
  readonly transactions: number;
  /** Executions that did not count, over all optimistic ones. */
  readonly repeated: number;
  /** Batches whose declarations were wrong, and which were executed serially then. */
  readonly lies: number;
}

/**
 * Executes batches under every scheduler, with lanes that end in any order, and demands the same
 * receipts, root and access list of all; and that the root is that of the state made from nothing.
 */
export async function schedulerScenario(options: {
  readonly random: number;
  readonly adversarial: number;
  readonly seed: string;
}): Promise<SchedulerReport> {
  const { seed } = options;
  await using rig = await openRig();
  const dice = new Dice(seed);
  const state = new MemoryBase();
  const report = { seed, batches: 0, transactions: 0, repeated: 0, lies: 0 };
  for (let n = 0; n < options.random + options.adversarial; n++) {
    const made =
      n < options.random ? randomBatch(dice) : adversarialBatch(dice, n - options.random);
    const transactions = await transactionsOf(rig, made);
    const run = new Comparison(rig, { slot: "fake", state, dice, number: n + 1, transactions });
    const { serial, repeated, hasLied } = await run.compare(`${seed}/${n} (${made.kind})`);
    report.batches++;
    report.transactions += transactions.length;
    report.repeated += repeated;
    if (hasLied) report.lies++;
    await state.apply(serial);
    assert.equal(await rootFromNothing(state), serial.batch.root, `root of ${seed}/${n}`);
  }
  return report;
}

async function transactionsOf(rig: Rig, made: MadeBatch): Promise<readonly Transaction[]> {
  return Promise.all(
    made.transactions.map(async ({ script, input }, n): Promise<Transaction> => {
      const artifact = await rig.modules.artifacts.put(encodeScript(script), project);
      return {
        id: `tx_${n}`,
        project,
        sender: "s",
        artifact,
        entry: "main",
        input: new Uint8Array(Buffer.from(input)),
        budget: { fuel: 1_000_000, wallMs: 30_000 },
        priority: 5,
        gasPrice: 0,
        submittedAt: 0,
      };
    }),
  );
}
