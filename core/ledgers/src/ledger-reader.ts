import { raise } from "@bedplate/errors";
import { type Batch, batchId, batchTable } from "./batch.ts";
import type { LedgerStore, OpenedLedger } from "./store/ledger-store.ts";
import { type LedgerEntry, VersionedState } from "./store/versioned-state.ts";

/** Which part of which state to read. */
export interface StateQuery {
  /** After which batch. Default: the last one. */
  readonly at?: number | undefined;
  /** This key alone. */
  readonly key?: Uint8Array | undefined;
  /** Only keys with this prefix. */
  readonly prefix?: Uint8Array | undefined;
  /** Only keys behind this one. */
  readonly after?: Uint8Array | undefined;
  /** Default: 100. */
  readonly limit?: number | undefined;
}

/** Keys and values of one state, in bytewise order. */
export interface StatePart {
  readonly number: number;
  readonly root: string;
  readonly entries: readonly LedgerEntry[];
  /** True when more follow behind the last one. */
  readonly hasMore: boolean;
}

const limitDefault = 100;
const readsMax = 3;

/**
 * Reads a part of one version. A rollback or pruning meanwhile could take entries away while they are
 * read, so the version is looked at again afterwards; what changed is read anew.
 */
export async function ledgerReader(
  store: LedgerStore,
  open: () => Promise<OpenedLedger>,
  query: StateQuery,
): Promise<StatePart> {
  for (let read = 0; read < readsMax; read++) {
    const opened = await open();
    const batch = await store.batch(opened, query.at ?? opened.head.document.number);
    const versions = new VersionedState(store.state, opened.ledger.id);
    const part = await readPart(versions, batch.serial, query);
    const after = await open();
    if (await isKept(store, after, batch))
      return { number: batch.number, root: batch.root, ...part };
  }
  throw raise("state.conflict", {
    op: "ledgers.state",
    detail: { key: String(query.at ?? "head") },
    message: "Cannot read the state: the ledger was rolled back again and again meanwhile",
  });
}

/** Whether a batch can still be read: under its number there may be another one by now. */
async function isKept(store: LedgerStore, opened: OpenedLedger, batch: Batch): Promise<boolean> {
  const { number, oldest } = opened.head.document;
  if (batch.number > number || batch.number < oldest) return false;
  const still = await batchTable.get(store.state, batchId(opened.ledger.id, batch.number));
  return still?.document.serial === batch.serial;
}

async function readPart(
  versions: VersionedState,
  serial: number,
  query: StateQuery,
): Promise<Pick<StatePart, "entries" | "hasMore">> {
  const { key, prefix, after, limit = limitDefault } = query;
  if (key !== undefined) {
    const value = await versions.get("state", key, serial);
    return { entries: value === null ? [] : [{ key, value }], hasMore: false };
  }
  const entries: LedgerEntry[] = [];
  for await (const entry of versions.entries({ space: "state", serial, prefix, after })) {
    if (entries.length >= limit) return { entries, hasMore: true };
    entries.push(entry);
  }
  return { entries, hasMore: false };
}
