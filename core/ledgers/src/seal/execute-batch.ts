import { accessListDigest, accessListOf } from "../access-list.ts";
import type { Batch } from "../batch.ts";
import { compareNames, nameOf } from "../byte-name.ts";
import type { KeyChange, NodeReader, StateCommitment } from "../commitment/state-commitment.ts";
import { ledgerLimits } from "../ledger-limits.ts";
import { receiptOf, receiptsDigest } from "../receipt.ts";
import type { BatchContext } from "../schedule/batch-context.ts";
import type { BaseState, Lane, Scheduler, TransactionEffect } from "../schedule/scheduler.ts";
import type { BatchEffects } from "../store/batch-writer.ts";
import type { Transaction } from "../transaction.ts";

/** What executing a batch needs; nothing of it writes. */
export interface ExecuteBatchOptions {
  readonly transactions: readonly Transaction[];
  readonly context: BatchContext;
  readonly serial: number;
  readonly release?: Batch["release"];
  readonly base: BaseState & NodeReader;
  readonly lanes: readonly [Lane, ...Lane[]];
  readonly scheduler: Scheduler;
  readonly commitment: StateCommitment;
  readonly signal: AbortSignal;
}

/** Executes transactions in their order and computes all that their batch leaves. A function of its arguments. */
export async function executeBatch(options: ExecuteBatchOptions): Promise<BatchEffects> {
  const { transactions, base, lanes, scheduler, signal } = options;
  const scheduled = await scheduler({
    count: transactions.length,
    base,
    lanes,
    accessOf: (index) => transactions[index]?.access,
    signal,
  });
  return batchEffects(options, fitting(scheduled.effects));
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
  const plain = { transactions: [], context, serial: 1, base, commitment };
  return effectsOf(plain, { effects: [], changes: entries });
}

type PlainOptions = Pick<
  ExecuteBatchOptions,
  "transactions" | "context" | "serial" | "release" | "base" | "commitment"
>;

function batchEffects(
  options: ExecuteBatchOptions,
  effects: readonly TransactionEffect[],
): Promise<BatchEffects> {
  return effectsOf(options, { effects, changes: changesOf(effects) });
}

async function effectsOf(
  { transactions, context, serial, release, base, commitment }: PlainOptions,
  made: { readonly effects: readonly TransactionEffect[]; readonly changes: readonly KeyChange[] },
): Promise<BatchEffects> {
  const { effects, changes } = made;
  const receipts = effects.flatMap((effect, index) => {
    const transaction = transactions[index];
    return transaction === undefined ? [] : [receiptOf(transaction, { index, effect, context })];
  });
  const { root, nodes } = await commitment.update({ root: context.parent, changes, nodes: base });
  const accessList = accessListOf(effects);
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
    accessList: accessListDigest(accessList),
  };
  return { batch, changes: { state: changes, node: nodes }, receipts, accessList };
}

/** As many from the first on as a batch may write; what comes behind does not change what came before. */
function fitting(effects: readonly TransactionEffect[]): readonly TransactionEffect[] {
  let bytes = 0;
  const end = effects.findIndex(({ execution }, index) => {
    for (const { key, value } of execution.writes) bytes += key.length + (value?.length ?? 0);
    return index > 0 && bytes > ledgerLimits.batchWriteBytesMax;
  });
  return end === -1 ? effects : effects.slice(0, end);
}

/** The last write of each key, in bytewise order. */
function changesOf(effects: readonly TransactionEffect[]): readonly KeyChange[] {
  const last = new Map<string, KeyChange>();
  for (const { execution } of effects) {
    for (const write of execution.writes) last.set(nameOf(write.key), write);
  }
  return [...last].sort(([a], [b]) => compareNames(a, b)).map(([, change]) => change);
}
