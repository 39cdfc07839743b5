import type { StateOp, StoredDocument } from "@bedplate/state";
import { batchId, batchTable } from "../batch.ts";
import { type Ledger, type LedgerHead, lastSerial } from "../ledger.ts";
import { placementTable, transactionTable, waitingTable } from "../transaction.ts";
import { type IndexItem, readIndexItem } from "./batch-writer.ts";
import { deletePieces, indexedSerials, type PieceKind, readPieces } from "./chunks.ts";
import { CommitQueue } from "./commit-queue.ts";
import { fenceOf, type LedgerStore } from "./ledger-store.ts";
import { endOps, expiringKeys } from "./transaction-ends.ts";
import { VersionedState } from "./versioned-state.ts";

/** What clearing up works on. */
export interface SweepOptions {
  readonly ledger: Ledger;
  readonly head: StoredDocument<LedgerHead>;
  readonly epoch: number;
  readonly now: number;
}

type Ops = readonly StateOp<string | Uint8Array>[];
type Head = StoredDocument<LedgerHead>;

/** Items of an index that are worked on together. */
const groupMax = 100;
const pieceKinds: readonly PieceKind[] = ["receipts", "access", "index"];

/** Clears up behind writers that died, rolled-back batches and batches that are too old. */
export class Sweeping {
  readonly #store: LedgerStore;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** Everything that must be done before a ledger may take its next batch. */
  async prepare(options: SweepOptions): Promise<Head> {
    const head = await this.#settle(options);
    return this.#sweep({ ...options, head });
  }

  /** Takes the transactions of a staged batch off the list of the waiting. */
  async #settle(options: SweepOptions): Promise<Head> {
    const { ledger, head, epoch } = options;
    const { unsettled, ...settled } = head.document;
    if (unsettled === undefined) return head;
    const { document } = (await batchTable.get(
      this.#store.state,
      batchId(ledger.id, unsettled),
    )) ?? { document: undefined };
    const ops: StateOp<string>[] = [];
    if (document !== undefined) {
      for await (const item of this.#index(ledger, document.serial)) {
        if (item.kind === "transaction") ops.push(waitingTable.delete(`${ledger.id}/${item.id}`));
      }
    }
    await this.#commitAll(options, ops);
    return this.#store.advance(head, settled, { epoch });
  }

  /** Takes back what serials after the head's wrote. */
  async #sweep(options: SweepOptions): Promise<Head> {
    const { head, ledger, epoch } = options;
    const { serial, dirtyUpTo } = head.document;
    if (dirtyUpTo <= serial) return head;
    const queue = this.#queue(options);
    const range = { ledger: ledger.id, after: serial };
    for (const each of await indexedSerials(this.#store.state, range)) {
      await this.#sweepSerial(options, { serial: each, queue });
    }
    await queue.flush();
    await this.#sweepBatches(options, ledger);
    const usedUpTo = lastSerial(head.document);
    return this.#store.advance(head, { ...head.document, dirtyUpTo: serial, usedUpTo }, { epoch });
  }

  async #sweepSerial(
    { ledger, now }: SweepOptions,
    { serial, queue }: { readonly serial: number; readonly queue: CommitQueue },
  ): Promise<void> {
    const versions = new VersionedState(this.#store.state, ledger.id);
    const ops: StateOp<string | Uint8Array>[] = [];
    const ids: string[] = [];
    for await (const item of this.#index(ledger, serial)) {
      if (item.kind === "key") ops.push(versions.takeBack(item.space, item.key, serial));
      else ids.push(item.id);
    }
    for (let at = 0; at < ids.length; at += groupMax) {
      const some = ids.slice(at, at + groupMax).map((id) => `${ledger.id}/${id}`);
      const waiting = await this.#store.state.getMany(some.map((id) => waitingTable.key(id)));
      ops.push(...some.map((id) => placementTable.delete(id)));
      // One that still waits was staged and never applied; the others were, and are rolled back.
      const applied = some.filter((_, n) => !waiting[n]);
      const end = { kind: "rolled-back", at: now } as const;
      await queue.add(await endOps(this.#store.state, { ids: applied, end }));
    }
    await queue.add(ops);
    await this.#deletePieces(ledger, { serial, queue });
  }

  /** Headers of batches after the last one. */
  async #sweepBatches(options: SweepOptions, ledger: Ledger): Promise<void> {
    const { number } = options.head.document;
    const ops: StateOp<string>[] = [];
    const { state } = this.#store;
    const start = batchTable.key(batchId(ledger.id, number + 1));
    for await (const entry of state.listAll({ prefix: batchTable.key(`${ledger.id}/`), start })) {
      ops.push(batchTable.delete(batchTable.read(entry).id));
    }
    await this.#commitAll(options, ops);
  }

  /** Drops the oldest batch that can no longer be read, and what only it needed. */
  async prune(options: SweepOptions): Promise<Head> {
    const { ledger, head, epoch } = options;
    const { pruned, oldest } = head.document;
    if (pruned >= oldest) return head;
    const { state } = this.#store;
    const old = await batchTable.get(state, batchId(ledger.id, pruned));
    const next = await batchTable.get(state, batchId(ledger.id, pruned + 1));
    if (next !== null) await this.#dropSuperseded(options, next.document.serial);
    if (old !== null) await this.#dropBatch(options, old.document.serial);
    const ops = [batchTable.delete(batchId(ledger.id, pruned))];
    return this.#store.advance(head, { ...head.document, pruned: pruned + 1 }, { epoch, ops });
  }

  async #dropSuperseded(options: SweepOptions, serial: number): Promise<void> {
    const { ledger } = options;
    const versions = new VersionedState(this.#store.state, ledger.id);
    for await (const items of groups(this.#index(ledger, serial), groupMax)) {
      const ops = await Promise.all(
        items.map(async (item) =>
          item.kind === "key" ? versions.superseded(item.space, item.key, serial) : [],
        ),
      );
      await this.#commitAll(options, ops.flat());
    }
  }

  /** Its transactions, and its pieces; their idempotency keys stay for a day. */
  async #dropBatch(options: SweepOptions, serial: number): Promise<void> {
    const { ledger } = options;
    const { state } = this.#store;
    const queue = this.#queue(options);
    for await (const items of groups(this.#index(ledger, serial), groupMax)) {
      const ids = items.flatMap((item) =>
        item.kind === "transaction" ? [`${ledger.id}/${item.id}`] : [],
      );
      if (ids.length === 0) continue;
      const ops = [
        ...(await expiringKeys(state, ids)),
        ...ids.flatMap((id) => [transactionTable.delete(id), placementTable.delete(id)]),
      ];
      await queue.add(ops);
    }
    await this.#deletePieces(ledger, { serial, queue });
    await queue.flush();
  }

  async #deletePieces(
    ledger: Ledger,
    { serial, queue }: { readonly serial: number; readonly queue: CommitQueue },
  ): Promise<void> {
    // The index goes last: as long as it is there, the rest can be found again.
    for (const kind of pieceKinds) {
      await queue.add(await deletePieces(this.#store.state, { kind, ledger: ledger.id, serial }));
    }
  }

  async *#index(ledger: Ledger, serial: number): AsyncGenerator<IndexItem, void, void> {
    const place = { kind: "index" as const, ledger: ledger.id, serial };
    for await (const item of readPieces(this.#store.state, place)) yield readIndexItem(item);
  }

  async #commitAll(options: SweepOptions, ops: Ops): Promise<void> {
    const queue = this.#queue(options);
    await queue.add(ops);
    await queue.flush();
  }

  #queue({ ledger, epoch }: SweepOptions): CommitQueue {
    return new CommitQueue(this.#store.state, fenceOf(ledger.id, epoch));
  }
}

async function* groups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[], void, void> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
