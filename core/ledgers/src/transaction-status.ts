import type { Fault } from "@bedplate/errors";
import { headTable } from "./ledger.ts";
import type { TransactionReceipt } from "./receipt.ts";
import { readPieces } from "./store/chunks.ts";
import { type LedgerStore, missing, type OpenedLedger } from "./store/ledger-store.ts";
import { endTable, placementTable, type Transaction, transactionTable } from "./transaction.ts";

/** Where a transaction is. */
export interface TransactionStatus {
  readonly transaction: Transaction;
  /**
   * `done`: in a batch, with a receipt, whatever its outcome. `failed`: the platform could not execute
   * it. `dropped`: what came before it made it one that no batch can hold, or one that its sender's
   * balance does not cover; that is its end, and `reason` says which. `rolled-back`: its batch is no
   * part of the ledger any more.
   */
  readonly phase: "waiting" | "done" | "failed" | "dropped" | "rolled-back";
  readonly batch?: number | undefined;
  readonly receipt?: TransactionReceipt | undefined;
  readonly fault?: Fault | undefined;
  /** Why it was dropped. */
  readonly reason?: string | undefined;
}

/** Looks a transaction up; `resource.missing` for one that is not known (any more). */
export async function transactionStatus(
  store: LedgerStore,
  { ledger }: OpenedLedger,
  id: string,
): Promise<TransactionStatus> {
  const key = `${ledger.id}/${id}`;
  const [head, body, placed, end] = await store.state.getMany([
    headTable.key(ledger.id),
    transactionTable.key(key),
    placementTable.key(key),
    endTable.key(key),
  ]);
  if (!head || !body) throw missing("transaction", id);
  const transaction = transactionTable.read(body).document;
  if (end) {
    const { kind, fault, reason } = endTable.read(end).document;
    const why = { ...(fault !== undefined && { fault }), ...(reason !== undefined && { reason }) };
    return { transaction, phase: kind, ...why };
  }
  const placement = placed ? placementTable.read(placed).document : undefined;
  const isApplied =
    placement !== undefined && placement.serial <= headTable.read(head).document.serial;
  if (!isApplied) return { transaction, phase: "waiting" };
  const { serial, index, number: batch } = placement;
  const receipt = await findReceipt(store, { ledger: ledger.id, serial, index });
  if (receipt === undefined) throw missing("transaction", id);
  return { transaction, phase: "done", batch, receipt };
}

async function findReceipt(
  store: LedgerStore,
  place: { readonly ledger: string; readonly serial: number; readonly index: number },
): Promise<TransactionReceipt | undefined> {
  const { ledger, serial, index } = place;
  for await (const item of readPieces(store.state, { kind: "receipts", ledger, serial })) {
    const receipt = item as unknown as TransactionReceipt;
    if (receipt.index === index) return receipt;
  }
  return undefined;
}
