import { isFault, raise } from "@bedplate/errors";
import type { StateOp, StateStore, StoredDocument } from "@bedplate/state";
import { type Batch, batchId, batchTable } from "../batch.ts";
import { headTable, type Ledger, type LedgerHead, ledgerTable, nameTable } from "../ledger.ts";
import { ledgerLimits } from "../ledger-limits.ts";

/** A ledger and where it is. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly head: StoredDocument<LedgerHead>;
}

/** Ledgers, their heads and their batches as documents. */
export class LedgerStore {
  readonly state: StateStore;

  constructor(state: StateStore) {
    this.state = state;
  }

  /** The ledger of a name; `resource.missing` for none, and for one that is still being made. */
  async get(project: string, name: string): Promise<OpenedLedger> {
    const found = await this.find(project, name);
    if (found === null || found.head.document.number < 0) throw missing("ledger", name);
    return found;
  }

  /** The same, whatever its state; null for none. */
  async find(project: string, name: string): Promise<OpenedLedger | null> {
    const named = await nameTable.get(this.state, `${project}/${name}`);
    return named === null ? null : this.byId(named.document.id);
  }

  async byId(id: string): Promise<OpenedLedger | null> {
    const [ledger, head] = await this.state.getMany([ledgerTable.key(id), headTable.key(id)]);
    if (!ledger || !head) return null;
    return { ledger: ledgerTable.read(ledger).document, head: headTable.read(head) };
  }

  /** Where a ledger is by now. */
  async head(id: string): Promise<StoredDocument<LedgerHead>> {
    const head = await headTable.get(this.state, id);
    if (head !== null) return head;
    throw missing("ledger", id);
  }

  /** Every ledger of a project that is made, in the order of the names. */
  async list(project: string): Promise<readonly OpenedLedger[]> {
    const names = await nameTable.list(this.state, {
      prefix: `${project}/`,
      limit: Math.min(ledgerLimits.ledgersMax, this.state.limits.pageMax),
    });
    const found = await Promise.all(names.documents.map(({ document }) => this.byId(document.id)));
    return found.flatMap((each) => (each !== null && each.head.document.number >= 0 ? [each] : []));
  }

  /** A batch that can be read; `resource.missing` for one that is not there (any more). */
  async batch({ ledger, head }: OpenedLedger, number: number): Promise<Batch> {
    const { number: last, oldest } = head.document;
    const isThere = Number.isSafeInteger(number) && number >= oldest && number <= last;
    const found = isThere ? await batchTable.get(this.state, batchId(ledger.id, number)) : null;
    if (found !== null) return found.document;
    throw missing("batch", `${ledger.name}/${number}`);
  }

  /** Moves a head on together with other changes; `version.mismatch` when somebody else did. */
  async advance(
    before: StoredDocument<LedgerHead>,
    head: LedgerHead,
    options: { readonly epoch: number; readonly ops?: readonly StateOp<string | Uint8Array>[] },
  ): Promise<StoredDocument<LedgerHead>> {
    const { epoch, ops = [] } = options;
    const { versions, revision } = await this.state.commit({
      checks: [headTable.at(before)],
      ops: [headTable.put(before.id, head), ...ops],
      fence: fenceOf(before.id, epoch),
    });
    return { id: before.id, document: head, version: versions[0] ?? "", revision };
  }
}

/** Keeps who lost the right to write from writing. */
export function fenceOf(
  ledger: string,
  epoch: number,
): { readonly name: string; readonly epoch: number } {
  return { name: `ledger/${ledger}`, epoch };
}

/** True where somebody else wrote meanwhile: look again. */
export function isLostRace(error: unknown): boolean {
  return isFault(error, "version.mismatch") || isFault(error, "fence.stale");
}

/** The fault of something that is not there. */
export function missing(type: "ledger" | "batch" | "transaction", id: string): Error {
  return raise("resource.missing", {
    op: "ledgers.get",
    subject: `${type}/${id}`,
    detail: { type, id },
    message: `Cannot find ${type}/${id}: there is none`,
  });
}
