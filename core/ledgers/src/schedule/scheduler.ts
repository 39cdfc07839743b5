import type { Digest } from "@bedplate/codec";
import type {
  GuestEvent,
  Outcome,
  StateCredit,
  StateReader,
  StateWrite,
} from "@bedplate/environment";
import type { DeclaredAccess } from "../transaction.ts";

/** What one execution of a transaction did: checked against the ledger's bounds, nothing applied. */
export interface TransactionExecution {
  readonly outcome: Outcome;
  readonly fuel: number;
  /** Unique keys, sorted bytewise. */
  readonly writes: readonly StateWrite[];
  /** The same for what is added without being read; absent for none. */
  readonly credits?: readonly StateCredit[] | undefined;
  readonly events: readonly GuestEvent[];
  readonly receipt: Digest;
  /** It ran, and was refused because it exceeds the ledger's bounds. */
  readonly isBeyondBounds?: true | undefined;
}

/** An execution that holds, and what it read: by name of the key, null for no value. */
export interface TransactionEffect {
  readonly execution: TransactionExecution;
  readonly reads: ReadonlyMap<string, Uint8Array | null>;
}

/** Executes the transactions of one batch, one at a time; several lanes do it at once. */
export interface Lane {
  /**
   * Executes the transaction at `index` on what `reads` shows. A function of both. Throws where the
   * platform failed, and where another execution could end otherwise (a time limit, say).
   */
  execute(index: number, reads: StateReader): Promise<TransactionExecution>;
}

/** What opens or closes the batch of an artifact. */
export interface FrameRun {
  readonly artifact: Digest;
  readonly step: "opens" | "closes";
  readonly entry: string;
  readonly input: Uint8Array;
  readonly reads: StateReader;
}

/** The state before a batch, by names of keys. */
export interface BaseState {
  /** The value, null for none, undefined when it is not at hand. */
  peek(name: string): Uint8Array | null | undefined;
  load(names: readonly string[]): Promise<void>;
}

/** A batch in its order, and what executes it. */
export interface ScheduledBatch {
  /** How many transactions. */
  readonly count: number;
  readonly base: BaseState;
  readonly lanes: readonly [Lane, ...Lane[]];
  /** What the transaction at `index` declared. */
  readonly accessOf: (index: number) => DeclaredAccess | undefined;
  /** Abort ends it between two executions. */
  readonly signal: AbortSignal;
}

/** What came of a batch, and how much work it was. */
export interface ScheduledEffects {
  /** One per transaction, in order. */
  readonly effects: readonly TransactionEffect[];
  /** Executions that did not count. */
  readonly repeated: number;
}

/** Executes a batch as if one transaction came after the other. Every scheduler gives the same effects. */
export type Scheduler = (batch: ScheduledBatch) => Promise<ScheduledEffects>;

/** The platform failed at one transaction; all before it could be executed. */
export class ExecutionFault extends Error {
  readonly index: number;

  constructor(index: number, options: { readonly cause: unknown }) {
    super(`Cannot execute the transaction at ${index}`, options);
    this.index = index;
  }
}
