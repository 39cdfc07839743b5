import type { ExecutionFault } from "../schedule/scheduler.ts";
import type { Transaction } from "../transaction.ts";
import type { FrameFault } from "./batch-frames.ts";

/** How often what the platform fails at is tried before it is given up. */
const attemptsMax = 3;
const attemptsKept = 10_000;

/** The platform failed at a transaction, or at what opens or closes the batch of an artifact. */
export type Failure = ExecutionFault | FrameFault;

/** Counts what fails, by transaction, or by artifact where the whole batch of one does. */
export class Attempts {
  readonly #counts = new Map<string, number>();

  /** The ids of the transactions that are given up now: none while it may be tried again. */
  failed(
    ledger: string,
    failure: { readonly error: Failure; readonly transactions: readonly Transaction[] },
  ): readonly string[] {
    const ids = blamed(failure).map(({ id }) => id);
    const { error } = failure;
    const key = `${ledger}/${"artifact" in error ? error.artifact : (ids[0] ?? "")}`;
    const attempts = (this.#counts.get(key) ?? 0) + 1;
    if (this.#counts.size >= attemptsKept) this.#counts.clear();
    if (attempts < attemptsMax) this.#counts.set(key, attempts);
    else this.#counts.delete(key);
    return attempts < attemptsMax ? [] : ids;
  }
}

function blamed(failure: {
  readonly error: Failure;
  readonly transactions: readonly Transaction[];
}): readonly Transaction[] {
  const { error, transactions } = failure;
  if ("artifact" in error) {
    return transactions.filter(({ artifact }) => artifact === error.artifact);
  }
  return transactions.slice(error.index, error.index + 1);
}
