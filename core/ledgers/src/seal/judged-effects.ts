import type { Digest } from "@bedplate/codec";
import { ledgerLimits } from "../ledger-limits.ts";
import type { TransactionEffect } from "../schedule/scheduler.ts";
import type { Transaction } from "../transaction.ts";

/** A transaction that is in the batch, what it did, and its place among those that were executed. */
export interface JudgedTransaction {
  readonly transaction: Transaction;
  readonly effect: TransactionEffect;
  readonly place: number;
}

/** Where the transactions go that were executed. */
export interface JudgedEffects {
  readonly kept: readonly JudgedTransaction[];
  /**
   * They cannot be in a batch as things are, and do not wait: no later state lets them in, or their
   * sender cannot pay for them now (as in go-ethereum's pool, a later payment does not bring them back).
   */
  readonly dropped: readonly { readonly id: string; readonly reason: string }[];
  /** A later state may: they go on waiting. */
  readonly early: readonly Transaction[];
}

interface JudgeOptions {
  readonly transactions: readonly Transaction[];
  readonly placeOf: (index: number) => number;
  /** Whether a refused transaction is in no batch, rather than in one with a receipt that says so. */
  readonly dropsRefused: boolean;
  readonly fuelMax: (artifact: Digest) => number;
}

/**
 * Takes from the first on as many as the batch has room for. What is cut off goes on waiting: what comes
 * behind does not change what came before.
 */
export class BatchJudge implements JudgedEffects {
  readonly kept: JudgedTransaction[] = [];
  readonly dropped: { readonly id: string; readonly reason: string }[] = [];
  readonly early: Transaction[] = [];
  readonly #options: JudgeOptions;
  readonly #room: BatchRoom;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#room = new BatchRoom(options.fuelMax);
  }

  /**
   * How many transactions from `from` on are worth executing now: those that fit whatever they use,
   * and one in any case, which may be refused and then needs no room.
   */
  ahead(from: number): number {
    const { transactions } = this.#options;
    const fuel = new Map<Digest, number>();
    for (let index = from; index < transactions.length; index++) {
      const transaction = transactions[index];
      if (transaction === undefined || !this.#room.hasFuel(transaction, fuel)) {
        return Math.max(1, index - from);
      }
    }
    return transactions.length - from;
  }

  /** False where the batch ends before this transaction. */
  take(index: number, effect: TransactionEffect): boolean {
    const { transactions, placeOf, dropsRefused } = this.#options;
    const transaction = transactions[index];
    if (transaction === undefined) return false;
    const { outcome, isBeyondBounds = false } = effect.execution;
    if (dropsRefused && outcome.kind === "refused" && !isBeyondBounds) {
      if (outcome.isEarly === true) this.early.push(transaction);
      else this.dropped.push({ id: transaction.id, reason: outcome.reason });
      return true;
    }
    if (!this.#room.take(transaction, effect) && this.kept.length > 0) return false;
    this.kept.push({ transaction, effect, place: placeOf(index) });
    return true;
  }
}

/** What is left of a batch: bytes that it may write, and fuel by artifact. */
class BatchRoom {
  readonly #fuelMax: (artifact: Digest) => number;
  readonly #fuel = new Map<Digest, number>();
  #bytes = 0;

  constructor(fuelMax: (artifact: Digest) => number) {
    this.#fuelMax = fuelMax;
  }

  /** Whether the transaction fits behind others that use all they may, which `ahead` sums up. */
  hasFuel({ artifact, budget }: Transaction, ahead: Map<Digest, number>): boolean {
    const sum = (ahead.get(artifact) ?? 0) + (budget.fuel ?? 0);
    ahead.set(artifact, sum);
    return (this.#fuel.get(artifact) ?? 0) + sum <= this.#fuelMax(artifact);
  }

  /** False where the transaction does not fit. It has to fit with all that it may use, as in a block. */
  take({ artifact, budget }: Transaction, { execution }: TransactionEffect): boolean {
    for (const { key, value } of execution.writes) this.#bytes += key.length + (value?.length ?? 0);
    for (const { key, amount } of execution.credits ?? [])
      this.#bytes += key.length + amount.length;
    const used = this.#fuel.get(artifact) ?? 0;
    // What wrote nothing paid for nothing: it takes no room from those behind it.
    if (execution.outcome.kind === "returned") this.#fuel.set(artifact, used + execution.fuel);
    const hasFuel = used + (budget.fuel ?? 0) <= this.#fuelMax(artifact);
    return hasFuel && this.#bytes <= ledgerLimits.batchWriteBytesMax;
  }
}
