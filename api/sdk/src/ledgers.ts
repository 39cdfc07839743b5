import {
  type AccessListView,
  type BatchListQuery,
  type BatchPageView,
  type BatchView,
  type CreateLedgerBody,
  createLedger,
  exportLedger,
  getAccessList,
  getBatch,
  getLedger,
  getTransaction,
  type LedgerView,
  listBatches,
  listLedgers,
  listReceipts,
  putArtifact,
  type ReceiptListQuery,
  type ReceiptPageView,
  readState,
  rollbackLedger,
  type SnapshotView,
  type StatePartView,
  type StateQueryView,
  type SubmitTransactionBody,
  submitTransaction,
  type TransactionView,
} from "@bedplate/routes";
import { type BytesLike, toBytesView } from "./bytes.ts";
import type { Waiting } from "./runs.ts";
import type { Transport } from "./transport.ts";

/** A ledger to make; bytes and texts as they are. */
export interface CreateLedgerOptions extends Omit<CreateLedgerBody, "genesis"> {
  readonly genesis?: readonly { readonly key: BytesLike; readonly value: BytesLike }[] | undefined;
}

/** A transaction to submit; bytes and texts as they are. */
export interface SubmitTransactionOptions
  extends Omit<SubmitTransactionBody, "artifact" | "input" | "access"> {
  /** Bytes, which are stored first, or the digest of a stored artifact. */
  readonly artifact: Uint8Array | { readonly digest: string };
  readonly input?: BytesLike | undefined;
  readonly access?:
    | { readonly reads: readonly BytesLike[]; readonly writes: readonly BytesLike[] }
    | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One round of waiting. */
const waitRoundMs = 30_000;

/** Named, versioned states. */
export class LedgersClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(options: CreateLedgerOptions): Promise<LedgerView> {
    const { genesis, ...rest } = options;
    const entries = genesis?.map(({ key, value }) => ({
      key: toBytesView(key),
      value: toBytesView(value),
    }));
    const body = { ...rest, ...(entries !== undefined && { genesis: entries }) };
    return this.#transport.call(createLedger, { body });
  }

  async list(): Promise<readonly LedgerView[]> {
    return (await this.#transport.call(listLedgers)).ledgers;
  }

  get(name: string): Promise<LedgerView> {
    return this.#transport.call(getLedger, { params: { name } });
  }

  async submit(name: string, options: SubmitTransactionOptions): Promise<TransactionView> {
    const { artifact, input, access, idempotencyKey, signal, ...rest } = options;
    const { digest } =
      artifact instanceof Uint8Array
        ? await this.#transport.call(putArtifact, { body: artifact, signal })
        : artifact;
    const body: SubmitTransactionBody = {
      ...rest,
      artifact: digest,
      ...(input !== undefined && { input: toBytesView(input) }),
      ...(access !== undefined && {
        access: {
          reads: access.reads.map(toBytesView),
          writes: access.writes.map(toBytesView),
        },
      }),
    };
    return this.#transport.call(submitTransaction, {
      params: { name },
      body,
      idempotencyKey,
      signal,
    });
  }

  transaction(
    name: string,
    id: string,
    options: Waiting & { readonly waitMs?: number | undefined } = {},
  ): Promise<TransactionView> {
    const { signal, waitMs } = options;
    return this.#transport.call(getTransaction, {
      params: { name, id },
      query: { waitMs },
      signal,
    });
  }

  /** Waits until the transaction is in a batch, or ended without one. */
  async wait(name: string, id: string, options: Waiting = {}): Promise<TransactionView> {
    for (;;) {
      const found = await this.transaction(name, id, { ...options, waitMs: waitRoundMs });
      if (found.phase !== "waiting") return found;
    }
  }

  batches(name: string, query: BatchListQuery = {}): Promise<BatchPageView> {
    return this.#transport.call(listBatches, { params: { name }, query });
  }

  batch(name: string, number: number | "last" = "last"): Promise<BatchView> {
    return this.#transport.call(getBatch, { params: { name, number: String(number) } });
  }

  receipts(
    name: string,
    number: number | "last",
    query: ReceiptListQuery = {},
  ): Promise<ReceiptPageView> {
    const params = { name, number: String(number) };
    return this.#transport.call(listReceipts, { params, query });
  }

  accessList(name: string, number: number | "last"): Promise<AccessListView> {
    return this.#transport.call(getAccessList, { params: { name, number: String(number) } });
  }

  state(name: string, query: StateQueryView = {}): Promise<StatePartView> {
    return this.#transport.call(readState, { params: { name }, query });
  }

  rollback(name: string, to: number): Promise<LedgerView> {
    return this.#transport.call(rollbackLedger, { params: { name }, body: { to } });
  }

  /** Stores a state as an artifact; `artifacts.get(digest)` has its bytes. */
  export(name: string, options: { readonly at?: number | undefined } = {}): Promise<SnapshotView> {
    return this.#transport.call(exportLedger, { params: { name }, body: options });
  }
}
