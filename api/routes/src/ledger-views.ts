import { defineSchema, type Schema, Type } from "@bedplate/schema";
import {
  type BudgetView,
  type BytesView,
  bytesType,
  digestType,
  type FaultView,
  faultViewType,
  type OutcomeView,
  outcomeType,
} from "./run-views.ts";

export type LedgerOrder = "arrival" | "priority" | "gas-price";
export type LedgerScheduler = "serial" | "optimistic" | "access-list";

/** A key and its value. */
export interface LedgerEntryView {
  readonly key: BytesView;
  readonly value: BytesView;
}

export interface CreateLedgerBody {
  readonly name: string;
  readonly slot: string;
  /** In which order transactions enter batches. Default: `arrival`. */
  readonly order?: LedgerOrder | undefined;
  /** How batches are executed; the results are the same. Default: `optimistic`. */
  readonly scheduler?: LedgerScheduler | undefined;
  /** How the state becomes a root. Default: `sha256-radix16`. */
  readonly commitment?: string | undefined;
  /** States that can be read and returned to. Default: 1,000. */
  readonly retainBatches?: number | undefined;
  /** What is there before the first transaction. */
  readonly genesis?: readonly LedgerEntryView[] | undefined;
  /** A snapshot among the project's artifacts, in place of `genesis`. */
  readonly snapshot?: string | undefined;
}

export interface LedgerView {
  readonly name: string;
  readonly slot: string;
  readonly order: LedgerOrder;
  readonly scheduler: LedgerScheduler;
  readonly commitment: string;
  readonly retainBatches: number;
  readonly createdAt: number;
  /** The number of the last batch; 0 is the genesis. */
  readonly batch: number;
  readonly root: string;
  /** The first batch whose state can be read. */
  readonly oldest: number;
}

export interface LedgerListView {
  readonly ledgers: readonly LedgerView[];
}

export interface SubmitTransactionBody {
  /** The digest of one of the project's artifacts. */
  readonly artifact: string;
  readonly entry: string;
  readonly input?: BytesView | undefined;
  /** Whose it is, for fairness between senders. Default: the project. */
  readonly sender?: string | undefined;
  readonly budget?: Pick<BudgetView, "fuel" | "memoryBytes" | "outputBytes" | "depth"> | undefined;
  readonly priority?: number | undefined;
  readonly gasPrice?: number | undefined;
  /** Keys that it will read and write, for the scheduler `access-list`. */
  readonly access?:
    | { readonly reads: readonly BytesView[]; readonly writes: readonly BytesView[] }
    | undefined;
}

export interface LedgerEventView {
  readonly topic: string;
  readonly data: BytesView;
}

export interface ReceiptView {
  readonly transaction: string;
  readonly index: number;
  readonly outcome: OutcomeView;
  readonly fuel: number;
  readonly events: readonly LedgerEventView[];
  /** Fuel of the batch up to and with this transaction. */
  readonly cumulativeFuel?: number | undefined;
  /** Events of the batch before the first of this transaction. */
  readonly eventsBefore?: number | undefined;
  /** The receipt of the execution itself, as for a run. */
  readonly execution: string;
  readonly digest: string;
}

export interface TransactionView {
  readonly id: string;
  readonly phase: "waiting" | "done" | "failed" | "dropped" | "rolled-back";
  readonly sender: string;
  readonly artifact: string;
  readonly entry: string;
  readonly priority: number;
  readonly gasPrice: number;
  readonly budget: BudgetView;
  readonly submittedAt: number;
  readonly batch?: number | undefined;
  readonly receipt?: ReceiptView | undefined;
  readonly fault?: FaultView | undefined;
  /** Why it was dropped. */
  readonly reason?: string | undefined;
}

export interface BatchView {
  readonly number: number;
  readonly parent: string;
  readonly root: string;
  readonly at: number;
  /** `name@version` of what executed it; absent for a genesis. */
  readonly release?: string | undefined;
  readonly transactions: number;
  readonly fuel: number;
  readonly changes: number;
  readonly receipts: string;
  /** Digest of what opened and closed it, where something did. */
  readonly frames?: string | undefined;
  readonly accessList: string;
}

export interface BatchPageView {
  readonly batches: readonly BatchView[];
  readonly next?: string | undefined;
}

export interface ReceiptPageView {
  readonly receipts: readonly ReceiptView[];
  /** Where the next page begins. */
  readonly next?: number | undefined;
}

export interface AccessListView {
  readonly keys: readonly {
    readonly key: BytesView;
    /** Indexes of the transactions that read it. */
    readonly reads: readonly number[];
    readonly writes: readonly { readonly index: number; readonly value: string | null }[];
    /** Indexes of those that added to its number without reading it. */
    readonly credits?: readonly number[] | undefined;
  }[];
}

export interface StatePartView {
  /** The batch whose state it is. */
  readonly batch: number;
  readonly root: string;
  readonly entries: readonly LedgerEntryView[];
  readonly hasMore: boolean;
}

export interface RollbackBody {
  /** The batch to return to. */
  readonly to: number;
}

export interface ExportBody {
  /** Default: the last batch. */
  readonly at?: number | undefined;
}

export interface SnapshotView {
  /** Under which it is among the project's artifacts. */
  readonly digest: string;
  readonly bytes: number;
  readonly batch: number;
  readonly root: string;
}

export interface BatchListQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface ReceiptListQuery {
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
}

export interface StateQueryView {
  readonly at?: number | undefined;
  readonly key?: string | undefined;
  readonly prefix?: string | undefined;
  readonly after?: string | undefined;
  /** How `key`, `prefix` and `after` are written. Default: `text`. */
  readonly form?: "text" | "hex" | "base64" | undefined;
  readonly limit?: number | undefined;
}

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;
const count = (maximum = Number.MAX_SAFE_INTEGER) => Type.Integer({ minimum: 0, maximum });

const orderType = Type.Unsafe<LedgerOrder>(Type.Enum(["arrival", "priority", "gas-price"]));
const schedulerType = Type.Unsafe<LedgerScheduler>(
  Type.Enum(["serial", "optimistic", "access-list"]),
);
const entryType = Type.Object({ key: bytesType, value: bytesType }, closed);

const ledgerType = Type.Object({
  name: Type.String(),
  slot: Type.String(),
  order: orderType,
  scheduler: schedulerType,
  commitment: Type.String(),
  retainBatches: Type.Integer(),
  createdAt: Type.Integer(),
  batch: Type.Integer(),
  root: Type.String(),
  oldest: Type.Integer(),
});

const receiptType = Type.Object({
  transaction: Type.String(),
  index: Type.Integer(),
  outcome: outcomeType,
  fuel: Type.Integer(),
  events: Type.Array(Type.Object({ topic: Type.String(), data: bytesType })),
  cumulativeFuel: optional(Type.Integer()),
  eventsBefore: optional(Type.Integer()),
  execution: digestType,
  digest: digestType,
});

const batchType = Type.Object({
  number: Type.Integer(),
  parent: Type.String(),
  root: Type.String(),
  at: Type.Integer(),
  release: optional(Type.String()),
  transactions: Type.Integer(),
  fuel: Type.Integer(),
  changes: Type.Integer(),
  receipts: digestType,
  frames: optional(digestType),
  accessList: digestType,
});

const budgetType = Type.Object(
  {
    fuel: optional(count()),
    memoryBytes: optional(count()),
    outputBytes: optional(count()),
    depth: optional(count()),
  },
  closed,
);

export const createLedgerSchema: Schema<CreateLedgerBody> = defineSchema(
  Type.Object(
    {
      name: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
      slot: Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" }),
      order: optional(orderType),
      scheduler: optional(schedulerType),
      commitment: optional(Type.String({ minLength: 1, maxLength: 64 })),
      retainBatches: optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      genesis: optional(Type.Array(entryType, { maxItems: 10_000 })),
      snapshot: optional(digestType),
    },
    closed,
  ),
);

export const submitTransactionSchema: Schema<SubmitTransactionBody> = defineSchema(
  Type.Object(
    {
      artifact: digestType,
      entry: Type.String({ minLength: 1, maxLength: 256 }),
      input: optional(bytesType),
      sender: optional(Type.String({ pattern: "^[\\x21-\\x7e]{1,128}$" })),
      budget: optional(budgetType),
      priority: optional(count(9)),
      gasPrice: optional(count(1_000_000_000)),
      access: optional(
        Type.Object(
          {
            reads: Type.Array(bytesType, { maxItems: 1_024 }),
            writes: Type.Array(bytesType, { maxItems: 1_024 }),
          },
          closed,
        ),
      ),
    },
    closed,
  ),
);

export const ledgerViewSchema: Schema<LedgerView> = defineSchema(ledgerType);
export const ledgerListSchema: Schema<LedgerListView> = defineSchema(
  Type.Object({ ledgers: Type.Array(ledgerType) }),
);

export const transactionViewSchema: Schema<TransactionView> = defineSchema(
  Type.Object({
    id: Type.String(),
    phase: Type.Union([
      Type.Literal("waiting"),
      Type.Literal("done"),
      Type.Literal("failed"),
      Type.Literal("dropped"),
      Type.Literal("rolled-back"),
    ]),
    sender: Type.String(),
    artifact: digestType,
    entry: Type.String(),
    priority: Type.Integer(),
    gasPrice: Type.Integer(),
    budget: Type.Unsafe<BudgetView>(Type.Object({})),
    submittedAt: Type.Integer(),
    batch: optional(Type.Integer()),
    receipt: optional(receiptType),
    fault: optional(faultViewType),
    reason: optional(Type.String()),
  }),
);

export const batchViewSchema: Schema<BatchView> = defineSchema(batchType);
export const batchPageSchema: Schema<BatchPageView> = defineSchema(
  Type.Object({ batches: Type.Array(batchType), next: optional(Type.String()) }),
);
export const receiptPageSchema: Schema<ReceiptPageView> = defineSchema(
  Type.Object({ receipts: Type.Array(receiptType), next: optional(Type.Integer()) }),
);
export const accessListSchema: Schema<AccessListView> = defineSchema(
  Type.Object({
    keys: Type.Array(
      Type.Object({
        key: bytesType,
        reads: Type.Array(Type.Integer()),
        writes: Type.Array(
          Type.Object({ index: Type.Integer(), value: Type.Union([digestType, Type.Null()]) }),
        ),
        credits: optional(Type.Array(Type.Integer())),
      }),
    ),
  }),
);
export const statePartSchema: Schema<StatePartView> = defineSchema(
  Type.Object({
    batch: Type.Integer(),
    root: Type.String(),
    entries: Type.Array(entryType),
    hasMore: Type.Boolean(),
  }),
);
export const rollbackSchema: Schema<RollbackBody> = defineSchema(
  Type.Object({ to: count() }, closed),
);
export const exportSchema: Schema<ExportBody> = defineSchema(
  Type.Object({ at: optional(count()) }, closed),
);
export const snapshotViewSchema: Schema<SnapshotView> = defineSchema(
  Type.Object({
    digest: digestType,
    bytes: Type.Integer(),
    batch: Type.Integer(),
    root: Type.String(),
  }),
);
export const transactionQuerySchema: Schema<{ readonly waitMs?: number | undefined }> =
  defineSchema(Type.Object({ waitMs: optional(count(60_000)) }, closed));
export const batchListQuerySchema: Schema<BatchListQuery> = defineSchema(
  Type.Object(
    {
      limit: optional(Type.Integer({ minimum: 1, maximum: 200 })),
      cursor: optional(Type.String({ maxLength: 4_096 })),
    },
    closed,
  ),
);
export const receiptListQuerySchema: Schema<ReceiptListQuery> = defineSchema(
  Type.Object(
    { from: optional(count()), limit: optional(Type.Integer({ minimum: 1, maximum: 1_000 })) },
    closed,
  ),
);
const keyText = () => optional(Type.String({ maxLength: 1_024 }));
export const stateQuerySchema: Schema<StateQueryView> = defineSchema(
  Type.Object(
    {
      at: optional(count()),
      key: keyText(),
      prefix: keyText(),
      after: keyText(),
      form: optional(
        Type.Union([Type.Literal("text"), Type.Literal("hex"), Type.Literal("base64")]),
      ),
      limit: optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    },
    closed,
  ),
);
