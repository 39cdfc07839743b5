import type { CborValue } from "@bedplate/codec";
import type { StateOp, StoredDocument } from "@bedplate/state";
import { type AccessList, accessValue } from "../access-list.ts";
import { type Batch, batchId, batchTable } from "../batch.ts";
import type { KeyChange } from "../commitment/state-commitment.ts";
import type { Ledger, LedgerHead } from "../ledger.ts";
import type { TransactionReceipt } from "../receipt.ts";
import { placementTable, waitingTable } from "../transaction.ts";
import { writePieces } from "./chunks.ts";
import type { Space } from "./entry-key.ts";
import { fenceOf, type LedgerStore } from "./ledger-store.ts";
import { packCommits } from "./pack-commits.ts";
import { VersionedState } from "./versioned-state.ts";

/** All that a batch leaves. */
export interface BatchEffects {
  readonly batch: Batch;
  readonly changes: { readonly [S in Space]: readonly KeyChange[] };
  readonly receipts: readonly TransactionReceipt[];
  readonly accessList: AccessList;
}

/** One item of a batch's index: a key that it wrote, or a transaction that it holds. */
export type IndexItem =
  | { readonly kind: "key"; readonly space: Space; readonly key: Uint8Array }
  | { readonly kind: "transaction"; readonly id: string };

interface WriteOptions {
  readonly ledger: Ledger;
  readonly head: StoredDocument<LedgerHead>;
  readonly epoch: number;
  readonly effects: BatchEffects;
  /** What the head becomes, beside the batch. */
  readonly next: LedgerHead;
}

/**
 * Writes a batch so that it is there whole or not at all. What fits into one commit is one commit.
 * What does not is staged: the head first says which serial may leave something behind, then the
 * index is written, so that all the rest can be found and swept, then the rest, and at last one
 * commit moves the head. Before that commit nobody looks at the serial.
 */
export async function writeBatch(
  store: LedgerStore,
  options: WriteOptions,
): Promise<StoredDocument<LedgerHead>> {
  const { ledger, head, epoch, effects, next } = options;
  const { batch } = effects;
  const index = writePieces(
    { kind: "index", ledger: ledger.id, serial: batch.serial },
    indexOf(effects),
  );
  const rest = restOf(store, ledger, effects);
  const last = batchTable.put(batchId(ledger.id, batch.number), batch);
  const settled = effects.receipts.map(({ transaction }) =>
    waitingTable.delete(`${ledger.id}/${transaction}`),
  );
  const all = [...index, ...rest, last, ...settled];
  const { limits } = store.state;
  if (packCommits(all, limits).length === 1) {
    return store.advance(head, next, { epoch, ops: all });
  }
  let current = await store.advance(head, stagedHead(head.document, batch), { epoch });
  const fence = fenceOf(ledger.id, epoch);
  for (const ops of [...packCommits(index, limits), ...packCommits(rest, limits)]) {
    await store.state.commit({ ops, fence });
  }
  const unsettled = effects.receipts.length > 0 ? { unsettled: batch.number } : {};
  current = await store.advance(current, { ...next, ...unsettled }, { epoch, ops: [last] });
  return current;
}

function stagedHead(head: LedgerHead, { serial }: Batch): LedgerHead {
  return { ...head, dirtyUpTo: Math.max(head.dirtyUpTo, serial) };
}

function indexOf({ changes, receipts }: BatchEffects): readonly CborValue[] {
  return [
    ...receipts.map(({ transaction }) => ["t", transaction]),
    ...changes.state.map(({ key }) => ["s", key]),
    ...changes.node.map(({ key }) => ["n", key]),
  ];
}

/** Reads what `indexOf` wrote. */
export function readIndexItem(item: CborValue): IndexItem {
  const [letter, value] = item as readonly [string, string | Uint8Array];
  if (letter === "t") return { kind: "transaction", id: String(value) };
  return { kind: "key", space: letter === "s" ? "state" : "node", key: value as Uint8Array };
}

function restOf(
  store: LedgerStore,
  ledger: Ledger,
  { batch, changes, receipts, accessList }: BatchEffects,
): readonly StateOp<string | Uint8Array>[] {
  const { number, serial } = batch;
  const versions = new VersionedState(store.state, ledger.id);
  const place = { ledger: ledger.id, serial };
  return [
    ...versions.puts("state", changes.state, serial),
    ...versions.puts("node", changes.node, serial),
    ...writePieces({ ...place, kind: "receipts" }, receipts as unknown as readonly CborValue[]),
    ...writePieces({ ...place, kind: "access" }, accessList.map(accessValue)),
    ...receipts.map(({ transaction, index }) =>
      placementTable.put(`${ledger.id}/${transaction}`, { serial, number, index }),
    ),
  ];
}
