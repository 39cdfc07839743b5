import type { StateOp, StateStore } from "@bedplate/state";
import {
  endTable,
  onceTable,
  type TransactionEnd,
  transactionTable,
  waitingTable,
} from "../transaction.ts";

/** How long what is over stays known, where the store lets entries end. */
const keptMs = 24 * 60 * 60 * 1_000;

/** Ends transactions outside of any batch. They stay readable for a day, and so do their idempotency keys. */
export async function endOps(
  state: StateStore,
  { ids, end }: { readonly ids: readonly string[]; readonly end: TransactionEnd },
): Promise<readonly StateOp<string>[]> {
  const found = await state.getMany(ids.map((id) => transactionTable.key(id)));
  const bodies = found.flatMap((entry) => (entry ? [transactionTable.read(entry)] : []));
  return [
    ...(await expiringKeys(state, ids)),
    ...bodies.map(({ id, document }) => ending(state, transactionTable.put(id, document))),
    ...ids.map((id) => ending(state, endTable.put(id, end))),
    ...ids.map((id) => waitingTable.delete(id)),
  ];
}

/** Lets the idempotency keys of transactions end after a day. */
export async function expiringKeys(
  state: StateStore,
  ids: readonly string[],
): Promise<readonly StateOp<string>[]> {
  const found = await state.getMany(ids.map((id) => transactionTable.key(id)));
  const onceIds = found.flatMap((entry, n) => {
    const once = entry ? transactionTable.read(entry).document.once : undefined;
    return once === undefined ? [] : [`${ledgerOf(ids[n] ?? "")}/${once}`];
  });
  const kept = await state.getMany(onceIds.map((id) => onceTable.key(id)));
  return kept.flatMap((entry) => {
    if (!entry) return [];
    const { id, document } = onceTable.read(entry);
    return [ending(state, onceTable.put(id, document))];
  });
}

function ending(state: StateStore, op: StateOp<string>): StateOp<string> {
  const canEnd = state.capabilities.ttl !== undefined;
  return canEnd && "put" in op ? { ...op, ttlMs: keptMs } : op;
}

/** Ids are `<ledger>/<transaction>`. */
function ledgerOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
