import type {
  AccountChange,
  Address,
  BlockContext,
  Log,
  LogBounds,
  StopReason,
  StorageChange,
  Tracer,
  WorldReader,
} from "../engine.ts";
import type { Fork } from "../forks/fork.ts";
import type { RejectionCode } from "./rejection.ts";
import type { Transaction, TransactionType } from "./transaction.ts";
import type { BlobRules } from "./transition-rules.ts";

/**
 * Executes whole transactions. It applies nothing: the caller puts the changes into its world. A world
 * that throws `NotResident` makes the call throw (or reject with) it; the caller loads and begins again.
 */
export interface Transactor extends Disposable {
  readonly name: "compiled" | "reference";
  transact(
    request: TransactionRequest,
    world: WorldReader,
  ): TransactionResult | Promise<TransactionResult>;
}

export interface TransactionRequest {
  readonly fork: Fork;
  readonly block: BlockContext;
  readonly transaction: Transaction;
  /** Gas that the block has left; its gas limit if absent. */
  readonly gasAvailable?: bigint | undefined;
  /** Blob gas that the block has left; the most of the fork if absent. */
  readonly blobGasAvailable?: bigint | undefined;
  /** Where the chain's schedule of blobs differs from the fork's (EIP-7840). */
  readonly blobs?: BlobRules | undefined;
  /** Answers what the coinbase is paid as `tip` where the transaction does not look at its account. */
  readonly owesTips?: boolean | undefined;
  /** `performance.now()` in milliseconds. */
  readonly deadline?: number | undefined;
  readonly logBounds?: LogBounds | undefined;
  readonly tracer?: Tracer | undefined;
}

export type TransactionResult =
  | {
      readonly kind: "included";
      readonly receipt: Receipt;
      readonly changes: TransactionChanges;
      readonly reads: TransactionReads;
      /** Wei that the coinbase is still owed. */
      readonly tip?: bigint | undefined;
    }
  | { readonly kind: "rejected"; readonly code: RejectionCode; readonly detail: string }
  /** The deadline passed, or another bound of the host. */
  | { readonly kind: "stopped"; readonly reason: StopReason };

export interface Receipt {
  readonly type: TransactionType;
  readonly isSuccess: boolean;
  /** After refunds; what the sender pays for. */
  readonly gasUsed: bigint;
  /** Wei per gas. */
  readonly effectiveGasPrice: bigint;
  readonly blobGasUsed: bigint;
  readonly logs: readonly Log[];
  /** Of a creation, whether it succeeded or not. */
  readonly contractAddress?: Address | undefined;
  /** What the top-level message returned, or reverted with. */
  readonly output: Uint8Array;
  /** Why the message failed; `revert` where it asked for it. */
  readonly failure?: string | undefined;
}

/** The difference between the world before and after, without what stayed the same. */
export interface TransactionChanges {
  /** Accounts that are there afterwards and were not, or were different. */
  readonly accounts: readonly AccountChange[];
  /** Accounts that were there and are gone, with their storage. */
  readonly deleted: readonly Address[];
  /** Slots of accounts that are there afterwards. */
  readonly storage: readonly StorageChange[];
}

/** What the transaction asked of the world; an entry may be there twice. */
export interface TransactionReads {
  readonly addresses: readonly Address[];
  readonly slots: readonly { readonly address: Address; readonly slot: Uint8Array }[];
}
