export { type AccessList, accessListDigest, accessListOf, type KeyAccess } from "./access-list.ts";
export type { Batch } from "./batch.ts";
export { radixCommitment } from "./commitment/radix-commitment.ts";
export type {
  CommitmentStep,
  CommittedStep,
  KeyChange,
  NodeReader,
  StateCommitment,
} from "./commitment/state-commitment.ts";
export {
  type Ledger,
  type LedgerHead,
  ledgerNamePattern,
  type OrderName,
  orderNames,
  type SchedulerName,
  schedulerNames,
} from "./ledger.ts";
export { ledgerLimits, transactionWallMs } from "./ledger-limits.ts";
export type { LedgerRequest } from "./ledger-maker.ts";
export type { StatePart, StateQuery } from "./ledger-reader.ts";
export {
  type BatchPage,
  type ExportedSnapshot,
  type LedgerPlace,
  LedgerService,
  type LedgerState,
  type ReceiptPage,
} from "./ledger-service.ts";
export type { LedgersLimits, LedgersModules } from "./ledgers-modules.ts";
export {
  agingMs,
  type BatchBounds,
  type OrderPolicy,
  type OrderRequest,
  oldestEvery,
  orderPolicies,
  type WaitingTransaction,
} from "./order/order-policy.ts";
export type { TransactionReceipt } from "./receipt.ts";
export {
  type BaseState,
  ExecutionFault,
  type Lane,
  type ScheduledBatch,
  type ScheduledEffects,
  type Scheduler,
  type TransactionEffect,
  type TransactionExecution,
} from "./schedule/scheduler.ts";
export { schedulers } from "./schedule/schedulers.ts";
export { readSnapshot, snapshotBytesMax, writeSnapshot } from "./snapshot.ts";
export type { LedgerEntry } from "./store/versioned-state.ts";
export type { DeclaredAccess, Transaction } from "./transaction.ts";
export type { TransactionRequest } from "./transaction-intake.ts";
export type { TransactionStatus } from "./transaction-status.ts";
