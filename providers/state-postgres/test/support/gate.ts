import type { PostgresPool, Transaction } from "@bedplate/postgres";

const op = "test.gate";
const lockKey = 4_711;

/**
 * A gate that commits of one schema stop at: their statements are done, `COMMIT` was sent, and its
 * answer is still to come.
 */
export class Gate {
  readonly #pool: PostgresPool;
  #installed: Promise<unknown> | undefined;

  constructor(pool: PostgresPool) {
    this.#pool = pool;
  }

  /** Runs `whileWaiting` once a commit waits at the gate, or once `ended` says that none will come. */
  async stopOne(ended: Promise<unknown>, whileWaiting: () => void): Promise<void> {
    let isOver = false;
    void ended.finally(() => {
      isOver = true;
    });
    await this.#pool.inTransaction(
      async (within) => {
        while (!isOver && !(await this.#isSomebodyWaiting(within))) {
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        whileWaiting();
      },
      { op },
    );
  }

  /** Closes the gate as long as `work` runs. */
  async closed<T>(work: () => Promise<T>): Promise<T> {
    this.#installed ??= this.#pool.write({ text: install }, [], { op });
    await this.#installed;
    return this.#pool.inTransaction(
      async (within) => {
        await within.query({ text: "SELECT pg_advisory_xact_lock($1)" }, [lockKey]);
        return work();
      },
      { op },
    );
  }

  async #isSomebodyWaiting(within: Transaction): Promise<boolean> {
    const text =
      "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted";
    return (await within.query({ text }, [lockKey])).count > 0;
  }
}

const install = `
  CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(${lockKey});
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER gate AFTER UPDATE ON state_namespaces DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait_at_gate();
`;
