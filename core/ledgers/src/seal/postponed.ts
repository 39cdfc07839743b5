import type { Clock } from "@bedplate/clock";
import type { Transaction } from "../transaction.ts";

/** A transaction that was too early is tried again after this time, twice as long each time. */
const retryMsMin = 500;
const retryMsMax = 30_000;
const keptMax = 100_000;

interface Pause {
  readonly line: string;
  readonly ms: number;
  readonly until: number;
}

/**
 * Transactions that came too early, so that they are not executed for every batch. What is here is a
 * hint of this replica: without it they are tried sooner.
 */
export class Postponed {
  readonly #clock: Clock;
  readonly #pauses = new Map<string, Pause>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isPaused(id: string): boolean {
    const pause = this.#pauses.get(id);
    return pause !== undefined && pause.until > this.#clock.monotonic();
  }

  /** When the first of these is tried again, in monotonic milliseconds. */
  earliest(ids: readonly string[]): number {
    return ids.reduce(
      (first, id) => Math.min(first, this.#pauses.get(id)?.until ?? 0),
      Number.POSITIVE_INFINITY,
    );
  }

  postpone({ id, turn }: Transaction): void {
    if (this.#pauses.size >= keptMax) this.#pauses.clear();
    const before = this.#pauses.get(id)?.ms ?? retryMsMin / 2;
    const ms = Math.min(before * 2, retryMsMax);
    const until = this.#clock.monotonic() + ms;
    this.#pauses.set(id, { line: turn?.line ?? "", ms, until });
  }

  /** These are in a batch: whoever waited for their lines may come. */
  moved(transactions: readonly Transaction[]): void {
    if (this.#pauses.size === 0) return;
    const lines = new Set(transactions.flatMap(({ turn }) => (turn ? [turn.line] : [])));
    for (const [id, { line }] of this.#pauses) if (lines.has(line)) this.#pauses.delete(id);
  }

  forget(id: string): void {
    this.#pauses.delete(id);
  }
}
