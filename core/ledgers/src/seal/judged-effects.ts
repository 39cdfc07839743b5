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
  /** No later state lets them into a batch. */
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
export function judge(
  effects: readonly TransactionEffect[],
  { transactions, placeOf, dropsRefused, fuelMax }: JudgeOptions,
): JudgedEffects {
  const kept: JudgedTransaction[] = [];
  const dropped: { readonly id: string; readonly reason: string }[] = [];
  const early: Transaction[] = [];
  const room = new BatchRoom(fuelMax);
  for (const [index, effect] of effects.entries()) {
    const transaction = transactions[index];
    if (transaction === undefined) break;
    const { outcome, isBeyondBounds = false } = effect.execution;
    if (dropsRefused && outcome.kind === "refused" && !isBeyondBounds) {
      if (outcome.isEarly === true) early.push(transaction);
      else dropped.push({ id: transaction.id, reason: outcome.reason });
      continue;
    }
    if (!room.take(transaction, effect) && kept.length > 0) break;
    kept.push({ transaction, effect, place: placeOf(index) });
  }
  return { kept, dropped, early };
}

/** What is left of a batch: bytes that it may write, and fuel by artifact. */
class BatchRoom {
  readonly #fuelMax: (artifact: Digest) => number;
  readonly #fuel = new Map<Digest, number>();
  #bytes = 0;

  constructor(fuelMax: (artifact: Digest) => number) {
    this.#fuelMax = fuelMax;
  }

  /** False where the transaction does not fit. It has to fit with all that it may use, as in a block. */
  take({ artifact, budget }: Transaction, { execution }: TransactionEffect): boolean {
    for (const { key, value } of execution.writes) this.#bytes += key.length + (value?.length ?? 0);
    for (const { key, amount } of execution.credits ?? [])
      this.#bytes += key.length + amount.length;
    const used = this.#fuel.get(artifact) ?? 0;
    this.#fuel.set(artifact, used + execution.fuel);
    const fuelMax = this.#fuelMax(artifact);
    const hasFuel = fuelMax === Number.POSITIVE_INFINITY || used + (budget.fuel ?? 0) <= fuelMax;
    return hasFuel && this.#bytes <= ledgerLimits.batchWriteBytesMax;
  }
}
