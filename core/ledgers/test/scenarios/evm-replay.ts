import type { Digest } from "@bedplate/codec";
import { schedulers, type Transaction } from "../../src/index.ts";
import { LedgerLane } from "../../src/schedule/ledger-lane.ts";
import { OneAtATime } from "../../src/schedule/one-at-a-time.ts";
import { executeBatch } from "../../src/seal/execute-batch.ts";
import { openRig, project } from "../rig.ts";
import { framingOf } from "./comparison.ts";
import { stateOf } from "./evm-scheduler-scenario.ts";
import { type Alloc, chainText, type UnsignedCall } from "./evm-world.ts";

/** One transaction of a batch, as the ledger took it. */
export interface ReplayedTransaction {
  readonly id: string;
  /** Its place in the order that was executed. */
  readonly index: number;
  readonly call: UnsignedCall;
  readonly sender: string;
  readonly budget: Transaction["budget"];
  readonly priority: number;
  readonly gasPrice: number;
}

/** A batch as a ledger says that it was. */
export interface RecordedBatch {
  readonly number: number;
  readonly at: number;
  readonly root: string;
  /** Digest of the receipts. */
  readonly receipts: string;
  readonly accessList: string;
  readonly transactions: readonly ReplayedTransaction[];
}

/** What a replay found. */
export interface ReplayReport {
  readonly batches: number;
  readonly transactions: number;
  /** Batches whose root, receipts or access list are not those of the replay. */
  readonly different: readonly number[];
}

/** Executes recorded batches again from the genesis, serially, on one release. */
export async function replayBatches(
  alloc: Alloc,
  batches: AsyncIterable<RecordedBatch>,
): Promise<ReplayReport> {
  await using rig = await openRig({ slots: ["evm"] });
  const artifact = await rig.put(Buffer.from(chainText));
  const state = await stateOf(alloc);
  const different: number[] = [];
  let [count, transactions] = [0, 0];
  for await (const batch of batches) {
    const context = { number: batch.number, parent: state.root, at: batch.at };
    const list = batch.transactions.map((each) => transactionOf(artifact, each));
    const places = batch.transactions.map(({ index }) => index);
    const signal = new AbortController().signal;
    using use = rig.registry.slots.use("evm");
    const creating = new OneAtATime();
    await using lane = new LedgerLane(rig.modules, {
      use,
      transactions: list,
      places,
      context,
      signal,
      creating,
    });
    const effects = await executeBatch({
      transactions: list,
      places,
      framing: framingOf(artifact, lane),
      dropsRefused: true,
      context,
      serial: batch.number,
      base: state,
      lanes: [lane],
      scheduler: schedulers.serial,
      commitment: state.commitment,
      signal,
    });
    await state.apply(effects);
    const { root, receipts, accessList } = effects.batch;
    const isSame =
      root === batch.root && receipts === batch.receipts && accessList === batch.accessList;
    if (!isSame) different.push(batch.number);
    count += 1;
    transactions += list.length;
  }
  return { batches: count, transactions, different };
}

function transactionOf(artifact: Digest, each: ReplayedTransaction): Transaction {
  const { id, call, sender, budget, priority, gasPrice } = each;
  return {
    id,
    project,
    sender,
    artifact,
    entry: "transact-unsigned",
    input: Buffer.from(JSON.stringify(call)),
    budget,
    priority,
    gasPrice,
    submittedAt: 0,
  };
}
