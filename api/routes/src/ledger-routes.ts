import {
  type AccessListView,
  accessListSchema,
  type BatchListQuery,
  type BatchPageView,
  type BatchView,
  batchListQuerySchema,
  batchPageSchema,
  batchViewSchema,
  type CreateLedgerBody,
  createLedgerSchema,
  type ExportBody,
  exportSchema,
  type LedgerListView,
  type LedgerView,
  ledgerListSchema,
  ledgerViewSchema,
  type ReceiptListQuery,
  type ReceiptPageView,
  type RollbackBody,
  receiptListQuerySchema,
  receiptPageSchema,
  rollbackSchema,
  type SnapshotView,
  type StatePartView,
  type StateQueryView,
  type SubmitTransactionBody,
  snapshotViewSchema,
  statePartSchema,
  stateQuerySchema,
  submitTransactionSchema,
  type TransactionView,
  transactionQuerySchema,
  transactionViewSchema,
} from "./ledger-views.ts";
import { json, nothing, type Route } from "./route.ts";

export const createLedger: Route<never, CreateLedgerBody, LedgerView> = {
  id: "ledgers.create",
  method: "POST",
  path: "/v1/ledgers",
  role: "runner",
  summary: "Make a ledger, empty, with a genesis, or from a snapshot",
  body: json(createLedgerSchema),
  answer: json(ledgerViewSchema),
  status: 201,
  faults: ["resource.exists", "resource.busy", "capability.undeclared", "digest.mismatch"],
};

export const listLedgers: Route<never, never, LedgerListView> = {
  id: "ledgers.list",
  method: "GET",
  path: "/v1/ledgers",
  role: "viewer",
  summary: "The ledgers of the project, by name",
  body: nothing,
  answer: json(ledgerListSchema),
  status: 200,
  faults: [],
};

export const getLedger: Route<never, never, LedgerView> = {
  id: "ledgers.get",
  method: "GET",
  path: "/v1/ledgers/{name}",
  role: "viewer",
  summary: "Where a ledger is: its last batch and root",
  body: nothing,
  answer: json(ledgerViewSchema),
  status: 200,
  faults: [],
};

export const submitTransaction: Route<never, SubmitTransactionBody, TransactionView> = {
  id: "ledgers.submit",
  method: "POST",
  path: "/v1/ledgers/{name}/transactions",
  role: "runner",
  summary: "Submit a transaction; from the answer on, it will be in a batch once",
  body: json(submitTransactionSchema),
  answer: json(transactionViewSchema),
  status: 202,
  isKeyed: true,
  faults: ["capability.undeclared", "idempotency.mismatch"],
};

export const getTransaction: Route<
  { readonly waitMs?: number | undefined },
  never,
  TransactionView
> = {
  id: "ledgers.transaction",
  method: "GET",
  path: "/v1/ledgers/{name}/transactions/{id}",
  role: "viewer",
  summary: "A transaction; with `waitMs`, when it is in a batch or that much later",
  query: transactionQuerySchema,
  body: nothing,
  answer: json(transactionViewSchema),
  status: 200,
  faults: [],
};

export const listBatches: Route<BatchListQuery, never, BatchPageView> = {
  id: "ledgers.batches",
  method: "GET",
  path: "/v1/ledgers/{name}/batches",
  role: "viewer",
  summary: "The batches that can be read, newest first",
  query: batchListQuerySchema,
  body: nothing,
  answer: json(batchPageSchema),
  status: 200,
  faults: [],
};

export const getBatch: Route<never, never, BatchView> = {
  id: "ledgers.batch",
  method: "GET",
  path: "/v1/ledgers/{name}/batches/{number}",
  role: "viewer",
  summary: "A batch; the number may be `last`",
  body: nothing,
  answer: json(batchViewSchema),
  status: 200,
  faults: [],
};

export const listReceipts: Route<ReceiptListQuery, never, ReceiptPageView> = {
  id: "ledgers.receipts",
  method: "GET",
  path: "/v1/ledgers/{name}/batches/{number}/receipts",
  role: "viewer",
  summary: "The receipts of a batch, in the order of its transactions",
  query: receiptListQuerySchema,
  body: nothing,
  answer: json(receiptPageSchema),
  status: 200,
  faults: [],
};

export const getAccessList: Route<never, never, AccessListView> = {
  id: "ledgers.access",
  method: "GET",
  path: "/v1/ledgers/{name}/batches/{number}/access",
  role: "viewer",
  summary: "Which transactions of a batch read and wrote which keys",
  body: nothing,
  answer: json(accessListSchema),
  status: 200,
  faults: [],
};

export const readState: Route<StateQueryView, never, StatePartView> = {
  id: "ledgers.state",
  method: "GET",
  path: "/v1/ledgers/{name}/state",
  role: "viewer",
  summary: "Keys and values as a batch left them, in bytewise order; `key` asks for one",
  query: stateQuerySchema,
  body: nothing,
  answer: json(statePartSchema),
  status: 200,
  faults: ["state.conflict"],
};

export const rollbackLedger: Route<never, RollbackBody, LedgerView> = {
  id: "ledgers.rollback",
  method: "POST",
  path: "/v1/ledgers/{name}/rollback",
  role: "admin",
  summary: "Return to the state after an earlier batch; the batches behind it are gone",
  body: json(rollbackSchema),
  answer: json(ledgerViewSchema),
  status: 200,
  faults: ["resource.busy", "version.mismatch", "fence.stale"],
};

export const exportLedger: Route<never, ExportBody, SnapshotView> = {
  id: "ledgers.export",
  method: "POST",
  path: "/v1/ledgers/{name}/export",
  role: "runner",
  summary: "Store the state after a batch as a snapshot among the artifacts",
  body: json(exportSchema),
  answer: json(snapshotViewSchema),
  status: 200,
  faults: ["state.conflict"],
};
