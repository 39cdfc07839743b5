import { expect, test } from "vitest";
import { radixCommitment, schedulerNames, schedulers, type Transaction } from "../src/index.ts";
import { LedgerLane } from "../src/schedule/ledger-lane.ts";
import { OneAtATime } from "../src/schedule/one-at-a-time.ts";
import { executeBatch } from "../src/seal/execute-batch.ts";
import { openRig, project, type Rig } from "./rig.ts";
import { MemoryBase } from "./scenarios/comparison.ts";
import { Dice, randomBatch } from "./scenarios/random-batches.ts";

const place = { project, name: "bank" };

test("whatever is sealed and rolled back, each root is that of its batches executed from nothing", async () => {
  const seed = `${Date.now()}`;
  const dice = new Dice(seed);
  for (const scheduler of schedulerNames) {
    // Small commits: some batches are staged, others are not.
    await using rig = await openRig({ stateLimits: { commitItemsMax: 120 } });
    await rig.service.create({ ...place, slot: "fake", scheduler });
    for (let step = 0; step < 14; step++) {
      await submitSome(rig, dice);
      await rig.service.seal(place);
      if (dice.below(4) === 0) await rollBackSomewhere(rig, dice);
    }
    await replay(rig, `${seed}, ${scheduler}`);
  }
});

async function submitSome(rig: Rig, dice: Dice): Promise<void> {
  for (const { script, input } of randomBatch(dice).transactions) {
    const artifact = await rig.put(script);
    const request = { artifact, entry: "main", input: new Uint8Array(Buffer.from(input)) };
    await rig.service.submit(place, request);
  }
}

async function rollBackSomewhere(rig: Rig, dice: Dice): Promise<void> {
  const { head } = await rig.service.get(place);
  const to = dice.below(head.document.number + 1);
  const { root } = await rig.service.batch(place, to);
  const rolled = await rig.service.rollback(place, to);
  expect(rolled.head.document).toMatchObject({ number: to, root });
}

/** Executes every batch of the ledger again, serially, on a state in memory. */
async function replay(rig: Rig, what: string): Promise<void> {
  const { head } = await rig.service.get(place);
  const state = new MemoryBase();
  const { signal } = new AbortController();
  for (let number = 1; number <= head.document.number; number++) {
    const recorded = await rig.service.batch(place, number);
    const context = { number, parent: state.root, at: recorded.at };
    const transactions = await transactionsOf(rig, number);
    using use = rig.registry.slots.use("fake");
    const creating = new OneAtATime();
    await using lane = new LedgerLane(rig.modules, {
      use,
      transactions,
      context,
      signal,
      creating,
    });
    const effects = await executeBatch({
      transactions,
      context,
      serial: recorded.serial,
      release: recorded.release,
      base: state,
      lanes: [lane],
      scheduler: schedulers.serial,
      commitment: radixCommitment,
      signal,
    });
    expect(effects.batch, `${what}, batch ${number}`).toEqual(recorded);
    await state.apply(effects);
  }
  const { entries } = await rig.service.state(place, { limit: 10_000 });
  const found = new Map(
    entries.map(({ key, value }) => [
      Buffer.from(key).toString("latin1"),
      Buffer.from(value).toString(),
    ]),
  );
  const expected = new Map(
    [...state.entries].map(([name, value]) => [name, Buffer.from(value).toString()]),
  );
  expect(found, what).toEqual(new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1))));
  expect(head.document.root, what).toBe(state.root);
}

async function transactionsOf(rig: Rig, number: number): Promise<readonly Transaction[]> {
  const { receipts } = await rig.service.receipts(place, { number, limit: 1_000 });
  return Promise.all(
    receipts.map(async ({ transaction }) => {
      const status = await rig.service.transaction(place, transaction);
      expect(status).toMatchObject({ phase: "done", batch: number });
      return status.transaction;
    }),
  );
}
