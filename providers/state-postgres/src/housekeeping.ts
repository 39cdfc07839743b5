import type { PostgresPool, Statement } from "@bedplate/postgres";
import type { Revision } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import { nowOr } from "./engine-clock.ts";

/** What a housekeeper works with. */
export interface HousekeepingOptions {
  readonly pool: PostgresPool;
  readonly log: Log;
  readonly nowMs: () => number | null;
}

/** Rows that one statement removes, so that none holds up the commits for long. */
const rowsMax = 5_000;
const sweepEveryMs = 60_000;

/** Removes rows that nobody can see any more: the trimmed history, and forgotten idempotency keys. */
export class Housekeeping implements AsyncDisposable {
  readonly #options: HousekeepingOptions;
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  /** Removes the changes of a namespace up to a revision, after everything that was asked before. */
  trim({ id, oldest }: { readonly id: number; readonly oldest: Revision }): void {
    this.#afterwards(trimChanges, [id, oldest, rowsMax]);
  }

  /** Resolves when nothing is left to be done. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#work;
  }

  #sweep(): void {
    this.#afterwards(sweepRemembered, [this.#options.nowMs(), rowsMax]);
  }

  #afterwards(statement: Statement, values: readonly (number | null)[]): void {
    this.#work = this.#work.then(() => this.#removeAll(statement, values));
  }

  /** What is not removed now is removed with the next; it takes space, and nothing else. */
  async #removeAll(statement: Statement, values: readonly (number | null)[]): Promise<void> {
    const { pool, log } = this.#options;
    try {
      let removed = rowsMax;
      while (removed === rowsMax && !this.#closing.signal.aborted) {
        removed = (await pool.write(statement, values, { op: "state.sweep" })).count;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown";
      log.warn("state rows not removed", { reason });
    }
  }
}

const trimChanges: Statement = {
  name: "state-trim",
  text: `DELETE FROM state_changes WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM state_changes WHERE namespace = $1 AND revision <= $2 LIMIT $3))`,
};

// Skips what a commit renews at this moment, so that neither waits for the other in a circle.
const sweepRemembered: Statement = {
  name: "state-sweep",
  text: `DELETE FROM state_remembered WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM state_remembered
    WHERE until <= ${nowOr("$1")}
    LIMIT $2 FOR UPDATE SKIP LOCKED))`,
};
