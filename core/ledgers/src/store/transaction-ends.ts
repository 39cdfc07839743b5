import type { StateFence, StateOp, StateStore } from "@bedplate/state";
import {
  endTable,
  onceTable,
  type Transaction,
  type TransactionEnd,
  transactionTable,
  waitingTable,
} from "../transaction.ts";
import { packGroups } from "./pack-commits.ts";

/** How long what is over stays known, where the store lets entries end. */
const keptMs = 24 * 60 * 60 * 1_000;

/** Ends transactions outside of any batch. They stay readable for a day, and so do their idempotency keys. */
export async function endOps(
  state: StateStore,
  { ids, end }: { readonly ids: readonly string[]; readonly end: TransactionEnd },
): Promise<readonly StateOp<string>[]> {
  const groups = await endGroups(
    state,
    ids.map((id) => ({ id, end })),
  );
  return groups.flat();
}

/** A transaction and how it ended. */
export interface EndedTransaction {
  readonly id: string;
  readonly end: TransactionEnd;
}

/** Transactions whose ends are read and written at once. */
const endsAtOnce = 100;

/** Ends waiting transactions outside of any batch in few commits, each of them in one. */
export async function endTransactions(
  state: StateStore,
  options: { readonly ended: readonly EndedTransaction[]; readonly fence: StateFence },
): Promise<void> {
  const { ended, fence } = options;
  for (let at = 0; at < ended.length; at += endsAtOnce) {
    const groups = await endGroups(state, ended.slice(at, at + endsAtOnce));
    for (const ops of packGroups(groups, state.limits)) await state.commit({ ops, fence });
  }
}

async function endGroups(
  state: StateStore,
  ended: readonly EndedTransaction[],
): Promise<readonly (readonly StateOp<string>[])[]> {
  const found = await state.getMany(ended.map(({ id }) => transactionTable.key(id)));
  const bodies = found.map((entry) => (entry ? transactionTable.read(entry).document : undefined));
  const onceIds = ended.map(({ id }, n) => onceIdOf(id, bodies[n]));
  const known = onceIds.filter((each) => each !== undefined);
  const kept = await state.getMany(known.map((each) => onceTable.key(each)));
  const onces = new Map(
    kept.flatMap((entry) => (entry ? [onceTable.read(entry)] : [])).map((each) => [each.id, each]),
  );
  return ended.map(({ id, end }, n) => {
    const [body, once] = [bodies[n], onces.get(onceIds[n] ?? "")];
    return [
      ...(once ? [ending(state, onceTable.put(once.id, once.document))] : []),
      ...(body ? [ending(state, transactionTable.put(id, body))] : []),
      ending(state, endTable.put(id, end)),
      waitingTable.delete(id),
    ];
  });
}

function onceIdOf(id: string, body: Transaction | undefined): string | undefined {
  return body?.once === undefined ? undefined : `${ledgerOf(id)}/${body.once}`;
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
