import type { PostgresPool } from "@bedplate/postgres";

/** Leases after which the dead rows at the front of the index of ready jobs are cleared away. */
const leasesMax = 10_000;

/**
 * Clears dead rows away when many jobs were leased. The engine itself looks for them once a minute at
 * most, and until then every lease walks past all jobs that were leased before.
 */
export class Vacuum implements AsyncDisposable {
  readonly #pool: PostgresPool;
  #leases = 0;
  #running: Promise<void> | undefined;

  constructor(pool: PostgresPool) {
    this.#pool = pool;
  }

  /** Answers at once, and goes on behind the caller's back. */
  afterLeases(count: number): void {
    this.#leases += count;
    if (this.#leases < leasesMax || this.#running !== undefined) return;
    this.#leases = 0;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#pool.write(vacuum, [], { op: "queue.vacuum" });
    } catch {
      // Not in time, or not allowed: leases become slower until the engine does it by itself.
    }
  }
}

const vacuum = { text: "VACUUM (SKIP_LOCKED, TRUNCATE off, PARALLEL 0) job" };
