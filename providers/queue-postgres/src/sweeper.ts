import type { PostgresPool, SqlValue } from "@bedplate/postgres";
import type { QueueLimits } from "@bedplate/queue";
import {
  endDelays,
  endLeases,
  expireJobs,
  findDue,
  forgetJobs,
  forgetKeys,
  lockQueue,
  passTurns,
  sweptMax,
} from "./sweep-statements.ts";

/** What a sweeper needs. */
export interface SweeperParts {
  readonly pool: PostgresPool;
  readonly limits: QueueLimits;
  /** The time that statements run at; null is the engine's. */
  readonly nowMs: () => number | null;
}

const op = "queue.sweep";
/** Sweeps of one call; each moves up to `sweptMax` rows. */
const sweepsMax = 1_000;
/** How long after its beginning the next forgetting may begin. */
const forgetEveryMs = 10_000;

/** Writes down what time has done: leases that ended, delays that are over, turns that are free. */
export class Sweeper implements AsyncDisposable {
  readonly #parts: SweeperParts;
  #forgetting: Promise<void> | undefined;
  #forgotAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Brings a queue to the present. */
  async catchUp(queue: string): Promise<void> {
    for (let i = 0; i < sweepsMax; i++) {
      const { pool, nowMs } = this.#parts;
      const due = await pool.read(findDue, [nowMs(), queue], { op });
      if (due.length === 0) return;
      await this.sweep([queue]);
    }
  }

  /** One step of each queue to the present. */
  async sweep(queues: readonly string[]): Promise<void> {
    for (const queue of queues) await this.#sweepOne(queue);
  }

  /** Removes now and then what is forgotten; answers at once, and goes on behind the caller's back. */
  forgetSometimes(monotonicMs: number): void {
    if (this.#forgetting !== undefined || monotonicMs < this.#forgotAtMs + forgetEveryMs) return;
    this.#forgotAtMs = monotonicMs;
    this.#forgetting = this.#forget().finally(() => {
      this.#forgetting = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#forgetting;
  }

  async #sweepOne(queue: string): Promise<void> {
    const { pool, limits, nowMs } = this.#parts;
    const now = nowMs();
    const keepMs = limits.deadRetainMs;
    await pool.writeTogether(
      [
        { ...lockQueue, values: [queue] },
        { ...endLeases, values: [now, queue, keepMs] },
        { ...endDelays, values: [now, queue] },
        { ...expireJobs, values: [now, queue, keepMs] },
        { ...passTurns, values: [now, queue] },
      ],
      { op },
    );
  }

  async #forget(): Promise<void> {
    try {
      for (const statement of [forgetJobs, forgetKeys]) await this.#forgetAll(statement);
    } catch {
      // What is forgotten is not seen by anybody; the next time removes it.
    }
  }

  async #forgetAll(statement: typeof forgetJobs): Promise<void> {
    const { pool, nowMs } = this.#parts;
    for (let i = 0; i < sweepsMax; i++) {
      const values: readonly SqlValue[] = [nowMs()];
      const { count } = await pool.write(statement, values, { op });
      if (count < sweptMax) return;
    }
  }
}
