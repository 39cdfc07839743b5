import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { AccessList, KeyAccess } from "./access-list.ts";
import { type Batch, batchTable, padded } from "./batch.ts";
import { lastSerial } from "./ledger.ts";
import { LedgerMaker, type LedgerRequest } from "./ledger-maker.ts";
import { ledgerReader, type StatePart, type StateQuery } from "./ledger-reader.ts";
import type { LedgersModules } from "./ledgers-modules.ts";
import type { TransactionReceipt } from "./receipt.ts";
import { Batcher } from "./seal/batcher.ts";
import { type LedgerLease, LedgerLeases } from "./seal/ledger-lease.ts";
import { Sealer } from "./seal/sealer.ts";
import { Waiting } from "./seal/waiting.ts";
import { writeSnapshot } from "./snapshot.ts";
import { readPieces } from "./store/chunks.ts";
import { LedgerStore, type OpenedLedger } from "./store/ledger-store.ts";
import { StateCaches } from "./store/state-cache.ts";
import { VersionedState } from "./store/versioned-state.ts";
import { TransactionIntake, type TransactionRequest } from "./transaction-intake.ts";
import { type TransactionStatus, transactionStatus } from "./transaction-status.ts";

/** Names a ledger, and who asks. */
export interface LedgerPlace {
  readonly project: string;
  readonly name: string;
}

/** A ledger as callers see it. */
export interface LedgerState extends OpenedLedger {}

/** A snapshot among the project's artifacts. */
export interface ExportedSnapshot {
  readonly digest: Digest;
  readonly bytes: number;
  readonly number: number;
  readonly root: string;
}

export interface BatchPage {
  readonly batches: readonly Batch[];
  readonly next?: string | undefined;
}

export interface ReceiptPage {
  readonly receipts: readonly TransactionReceipt[];
  /** The index behind the last one, when more follow. */
  readonly next?: number | undefined;
}

/** How often a wait looks, first and when it has waited long. */
const waitPollMsMin = 20;
const waitPollMsMax = 250;

/** Named, versioned states: create, submit, read, roll back, export, import. */
export class LedgerService implements AsyncDisposable {
  readonly #modules: LedgersModules;
  readonly #store: LedgerStore;
  readonly #leases: LedgerLeases;
  readonly #sealer: Sealer;
  readonly #intake: TransactionIntake;
  readonly #batcher: Batcher;
  readonly #maker: LedgerMaker;
  readonly #stopping = new AbortController();
  #sweeping: Promise<void> | undefined;

  constructor(modules: LedgersModules) {
    const { clock, limits, state } = modules;
    this.#modules = modules;
    this.#store = new LedgerStore(state);
    this.#leases = new LedgerLeases(modules);
    const waiting = new Waiting({ state, clock, waitingMax: limits.waitingMax });
    const store = this.#store;
    const caches = new StateCaches();
    this.#sealer = new Sealer(modules, { store, waiting, caches });
    this.#intake = new TransactionIntake(modules, { store, waiting, caches });
    const parts = { store, waiting, leases: this.#leases, sealer: this.#sealer };
    this.#batcher = new Batcher(modules, parts);
    this.#maker = new LedgerMaker(modules, parts);
  }

  /** Begins to seal batches, and takes back ledgers whose maker died. */
  start(): void {
    this.#batcher.start();
    this.#sweeping ??= this.#maker.sweep(this.#stopping.signal).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : "unknown";
      this.#modules.log.warn("unfinished ledgers not taken back", { reason });
    });
  }

  create(request: LedgerRequest): Promise<LedgerState> {
    return this.#maker.create(request, this.#stopping.signal);
  }

  get({ project, name }: LedgerPlace): Promise<LedgerState> {
    return this.#store.get(project, name);
  }

  list(project: string): Promise<readonly LedgerState[]> {
    return this.#store.list(project);
  }

  /** Accepts a transaction: from here on it will be in a batch once, whatever crashes. */
  async submit(place: LedgerPlace, request: TransactionRequest): Promise<TransactionStatus> {
    const opened = await this.get(place);
    const id = await this.#intake.accept(opened, request);
    this.#batcher.accepted(opened.ledger.id);
    return transactionStatus(this.#store, opened, id);
  }

  async transaction(place: LedgerPlace, id: string): Promise<TransactionStatus> {
    return transactionStatus(this.#store, await this.get(place), id);
  }

  /** The transaction when it waits no more, or as it is when the signal aborts. */
  async wait(
    place: LedgerPlace,
    options: { readonly id: string; readonly signal: AbortSignal },
  ): Promise<TransactionStatus> {
    const { id, signal } = options;
    let pollMs = waitPollMsMin;
    for (;;) {
      const status = await this.transaction(place, id);
      if (status.phase !== "waiting" || signal.aborted) return status;
      await this.#modules.clock.sleep(pollMs, { signal }).catch(() => {});
      pollMs = Math.min(pollMs * 2, waitPollMsMax);
    }
  }

  /** Seals one batch now; null when nothing waits. */
  async seal(place: LedgerPlace): Promise<Batch | null> {
    const { ledger } = await this.get(place);
    return this.#alone(ledger.id, {}, async (lease, signal) =>
      this.#sealer.seal({ ledger, head: await this.#store.head(ledger.id), lease, signal }),
    );
  }

  /** One page of batches, newest first. */
  async batches(
    place: LedgerPlace,
    range: { readonly limit?: number | undefined; readonly cursor?: string | undefined } = {},
  ): Promise<BatchPage> {
    const { ledger, head } = await this.get(place);
    const { oldest, number } = head.document;
    const page = await this.#store.state.list({
      start: batchTable.key(`${ledger.id}/${padded(oldest)}`),
      end: batchTable.key(`${ledger.id}/${padded(number + 1)}`),
      reverse: true,
      limit: range.limit ?? 50,
      cursor: range.cursor,
    });
    const batches = page.entries.map((entry) => batchTable.read(entry).document);
    return { batches, ...(page.next !== undefined && { next: page.next }) };
  }

  /** A batch; the last one without a number. */
  async batch(place: LedgerPlace, number?: number): Promise<Batch> {
    const opened = await this.get(place);
    return this.#store.batch(opened, number ?? opened.head.document.number);
  }

  /** Receipts of a batch from an index on. */
  async receipts(
    place: LedgerPlace,
    range: {
      readonly number: number;
      readonly from?: number | undefined;
      readonly limit?: number | undefined;
    },
  ): Promise<ReceiptPage> {
    const { number, from = 0, limit = 100 } = range;
    const opened = await this.get(place);
    const { serial } = await this.#store.batch(opened, number);
    const receipts: TransactionReceipt[] = [];
    const pieces = { kind: "receipts" as const, ledger: opened.ledger.id, serial };
    for await (const item of readPieces(this.#store.state, pieces)) {
      const receipt = item as unknown as TransactionReceipt;
      if (receipt.index < from) continue;
      if (receipts.length >= limit) return { receipts, next: receipt.index };
      receipts.push(receipt);
    }
    return { receipts };
  }

  /** Which transactions of a batch touched which keys. */
  async accessList(place: LedgerPlace, number: number): Promise<AccessList> {
    const opened = await this.get(place);
    const { serial } = await this.#store.batch(opened, number);
    const list: KeyAccess[] = [];
    const pieces = { kind: "access" as const, ledger: opened.ledger.id, serial };
    for await (const item of readPieces(this.#store.state, pieces)) {
      const [key, reads, writes, credits] = item as unknown as StoredAccess;
      const written = writes.map(([index, value]) => ({ index, value }));
      list.push({ key, reads, writes: written, ...(credits !== undefined && { credits }) });
    }
    return list;
  }

  /** Keys and values as a batch left them. */
  state(place: LedgerPlace, query: StateQuery): Promise<StatePart> {
    return ledgerReader(this.#store, () => this.get(place), query);
  }

  /**
   * Returns to the state after an earlier batch, in one step. The batches behind it are no part of the
   * ledger any more; their transactions are rolled back, and do not come again by themselves.
   */
  async rollback(place: LedgerPlace, to: number): Promise<LedgerState> {
    const { ledger } = await this.get(place);
    const options = { isForced: true };
    return this.#alone(ledger.id, options, async (lease, signal) => {
      const before = await this.#store.head(ledger.id);
      const target = await this.#store.batch({ ledger, head: before }, to);
      const head = await this.#sealer.prepare({ ledger, head: before, lease, signal });
      const { number, serial, root, at } = target;
      const { serial: dirtyUpTo, oldest, pruned } = head.document;
      const usedUpTo = lastSerial(head.document);
      const next = { number, serial, root, at, dirtyUpTo, usedUpTo, oldest, pruned };
      const { epoch } = lease;
      const rolled = await this.#store.advance(head, next, { epoch });
      const swept = await this.#sealer.prepare({ ledger, head: rolled, lease, signal });
      return { ledger, head: swept };
    });
  }

  /** Stores the state after a batch as a snapshot among the project's artifacts. */
  async export(place: LedgerPlace, at?: number): Promise<ExportedSnapshot> {
    const opened = await this.get(place);
    const { ledger, head } = opened;
    const { number, root, serial } = await this.#store.batch(opened, at ?? head.document.number);
    const versions = new VersionedState(this.#store.state, ledger.id);
    const header = { commitment: ledger.commitment, root, number };
    const bytes = await writeSnapshot(header, versions.entries({ space: "state", serial }));
    // What a rollback or pruning took away meanwhile would be missing in it.
    const { root: still } = await this.batch(place, number);
    if (still !== root) throw moved(ledger.name);
    const digest = await this.#modules.artifacts.put(bytes, ledger.project);
    return { digest, bytes: bytes.length, number, root };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#batcher[Symbol.asyncDispose]();
    await this.#sweeping;
    await this.#leases[Symbol.asyncDispose]();
  }

  async #alone<T>(
    ledger: string,
    options: { readonly isForced?: boolean },
    work: (lease: LedgerLease, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const held = { ...options, signal: this.#stopping.signal };
    const done = await this.#batcher.alone(ledger, async () => {
      let made: { readonly value: T } | undefined;
      await this.#leases.hold(ledger, held, async (lease, signal) => {
        made = { value: await work(lease, signal) };
      });
      return made;
    });
    if (done !== undefined) return done.value;
    throw busy(ledger);
  }
}

type StoredAccess = readonly [
  Uint8Array,
  readonly number[],
  readonly (readonly [number, Digest | null])[],
  (readonly number[])?,
];

function busy(ledger: string): Error {
  return raise("resource.busy", {
    op: "ledgers.write",
    subject: `ledger/${ledger}`,
    detail: { type: "ledger", id: ledger, by: "another replica" },
    message: `Cannot write ledger/${ledger}: another replica does`,
  });
}

function moved(ledger: string): Error {
  return raise("state.conflict", {
    op: "ledgers.export",
    subject: `ledger/${ledger}`,
    detail: { key: ledger },
    message: `Cannot export ledger/${ledger}: it was rolled back meanwhile`,
  });
}
