import type { Digest } from "@bedplate/codec";
import { accessListDigest, accessListOf } from "../access-list.ts";
import type { Batch } from "../batch.ts";
import { bytesOf, compareNames } from "../byte-name.ts";
import type { KeyChange, NodeReader, StateCommitment } from "../commitment/state-commitment.ts";
import { receiptOf, receiptsDigest, type TransactionReceipt } from "../receipt.ts";
import type { BatchContext } from "../schedule/batch-context.ts";
import type { BaseState, Lane, Scheduler } from "../schedule/scheduler.ts";
import { WrittenState } from "../schedule/written-state.ts";
import type { BatchEffects } from "../store/batch-writer.ts";
import type { Transaction } from "../transaction.ts";
import { BatchFrames, type FrameSum, type Framing } from "./batch-frames.ts";
import { executeRounds } from "./execute-rounds.ts";
import { BatchJudge, type JudgedEffects, type JudgedTransaction } from "./judged-effects.ts";

/** What executing a batch needs; nothing of it writes. */
export interface ExecuteBatchOptions {
  readonly transactions: readonly Transaction[];
  /** Their places, where they are not one behind the other from 0: in a batch that is executed again. */
  readonly places?: readonly number[] | undefined;
  readonly context: BatchContext;
  readonly serial: number;
  readonly release?: Batch["release"];
  readonly base: BaseState & NodeReader;
  readonly lanes: readonly [Lane, ...Lane[]];
  readonly scheduler: Scheduler;
  readonly commitment: StateCommitment;
  /** Absent: no artifact of the batch has what opens and closes it. */
  readonly framing?: Framing | undefined;
  /** Whether a refused transaction is in no batch. Default: it is in it, with its receipt. */
  readonly dropsRefused?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** A batch that was executed, and what of it is in no batch. */
export interface ExecutedBatch extends BatchEffects, Omit<JudgedEffects, "kept"> {}

/** Executes transactions in their order and computes all that their batch leaves. A function of its arguments. */
export async function executeBatch(options: ExecuteBatchOptions): Promise<ExecutedBatch> {
  const { transactions, context, base, framing, places, dropsRefused = false } = options;
  const frames = new BatchFrames(framing ?? noFraming, context);
  const written = new WrittenState(base);
  await frames.open(written);
  const judge = new BatchJudge({
    transactions,
    placeOf: (index) => places?.[index] ?? index,
    dropsRefused,
    fuelMax: (artifact) => frames.fuelMax(artifact),
  });
  await executeRounds(options, { written, judge });
  const { kept, dropped, early } = judge;
  await frames.close(written, (artifact) => sumOf(kept, artifact));
  const changes = sorted(await written.changes());
  const effects = await effectsOf(options, { kept, changes, frames: frames.digest });
  return { ...effects, dropped, early };
}

/** A first batch: what is there before any transaction. */
export function genesisEffects(
  entries: readonly KeyChange[],
  options: {
    readonly at: number;
    readonly base: BaseState & NodeReader;
    readonly commitment: StateCommitment;
  },
): Promise<BatchEffects> {
  const { at, base, commitment } = options;
  const context = { number: 0, parent: commitment.emptyRoot, at };
  return effectsOf({ context, serial: 1, base, commitment }, { kept: [], changes: entries });
}

type PlainOptions = Pick<
  ExecuteBatchOptions,
  "context" | "serial" | "release" | "base" | "commitment"
>;

const noFraming: Framing = {
  artifacts: [],
  run: () => Promise.reject(new TypeError("nothing opens this batch")),
};

async function effectsOf(
  { context, serial, release, base, commitment }: PlainOptions,
  made: {
    readonly kept: readonly JudgedTransaction[];
    readonly changes: readonly KeyChange[];
    readonly frames?: Digest | undefined;
  },
): Promise<BatchEffects> {
  const { kept, changes, frames } = made;
  const receipts = receiptsOf(kept, context);
  const { root, nodes } = await commitment.update({ root: context.parent, changes, nodes: base });
  const accessList = accessListOf(
    kept.map(({ effect }) => effect),
    (index) => kept[index]?.place ?? index,
  );
  const batch: Batch = {
    number: context.number,
    serial,
    parent: context.parent,
    root,
    at: context.at,
    ...(release !== undefined && { release }),
    transactions: receipts.length,
    fuel: receipts.reduce((sum, each) => sum + each.fuel, 0),
    changes: changes.length,
    receipts: receiptsDigest(receipts),
    ...(frames !== undefined && { frames }),
    accessList: accessListDigest(accessList),
  };
  return { batch, changes: { state: changes, node: nodes }, receipts, accessList };
}

function receiptsOf(
  kept: readonly JudgedTransaction[],
  context: BatchContext,
): readonly TransactionReceipt[] {
  let [fuel, events] = [0, 0];
  return kept.map(({ transaction, effect, place }) => {
    fuel += effect.execution.fuel;
    const before = { cumulativeFuel: fuel, eventsBefore: events };
    events += effect.execution.events.length;
    return receiptOf(transaction, { index: place, effect, context, before });
  });
}

/** Of what returned: fuel of what wrote nothing was paid by nobody, and fills no block. */
function sumOf(kept: readonly JudgedTransaction[], artifact: Digest): FrameSum {
  const own = kept.filter(
    ({ transaction, effect }) =>
      transaction.artifact === artifact && effect.execution.outcome.kind === "returned",
  );
  return {
    fuel: own.reduce((sum, { effect }) => sum + effect.execution.fuel, 0),
    runs: own.length,
  };
}

/** In bytewise order. */
function sorted(changes: ReadonlyMap<string, Uint8Array | null>): readonly KeyChange[] {
  return [...changes]
    .sort(([a], [b]) => compareNames(a, b))
    .map(([name, value]) => ({ key: bytesOf(name), value }));
}
