import { raise } from "@bedplate/errors";
import { ContactLost } from "@bedplate/provider";
import { faultOfPostgres } from "./postgres-fault.ts";
import type { Session, SqlAnswer, SqlValue, Statement } from "./session.ts";

/** What work inside a transaction may do. Statements that are issued without waiting travel together. */
export interface Transaction {
  query<Row>(statement: Statement, values?: readonly SqlValue[]): Promise<SqlAnswer<Row>>;
}

/** How a transaction is begun. */
export interface TransactionOptions {
  /** The operation that faults name. */
  readonly op: string;
  /** Default: `read committed`. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable" | undefined;
  readonly isReadOnly?: boolean | undefined;
  /** For statements that may take longer than the settings allow, each. */
  readonly statementTimeoutMs?: number | undefined;
}

/** A statement with its values. */
export interface BoundStatement extends Statement {
  readonly values?: readonly SqlValue[] | undefined;
}

/**
 * Runs work between `BEGIN` and `COMMIT`. A connection that breaks before `COMMIT` is sent undoes
 * everything; one that breaks after that leaves it open, and only that is indeterminate.
 */
export async function runTransaction<T>(
  session: Session,
  work: (transaction: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  // Not awaited: it travels together with the first statement of the work.
  const begun = settle(session.query(beginStatement(options)));
  const tracked = new TrackedTransaction(session, options.statementTimeoutMs);
  let result: T;
  try {
    result = await work(tracked);
    tracked.throwFirstFailure();
    throwIfNotBegun(await begun, options);
  } catch (error) {
    throwIfNotBegun(await begun, options);
    await rollBack(session);
    throw error;
  }
  await commit(session, options);
  return result;
}

/** Runs a list of statements as one transaction, in one round trip. */
export async function runTogether(
  session: Session,
  statements: readonly BoundStatement[],
  options: TransactionOptions,
): Promise<readonly SqlAnswer<unknown>[]> {
  const all = [beginStatement(options), ...statements, commitStatement];
  const ends = await Promise.all(
    all.map((each: BoundStatement) => settle(session.query(each, each.values))),
  );
  const failed = ends.find(({ error }) => error !== undefined);
  if (failed === undefined) return ends.slice(1, -1).map((each) => each.orThrow());
  if (ends[0] !== undefined) throwIfNotBegun(ends[0], options);
  // `COMMIT` was sent along.
  throw readCommitFailure(failed.error, options);
}

/** Remembers the first refusal: after it the engine takes nothing more, whatever the work makes of it. */
class TrackedTransaction implements Transaction {
  readonly #session: Session;
  readonly #timeoutMs: number | undefined;
  #failure: unknown;

  constructor(session: Session, timeoutMs: number | undefined) {
    this.#session = session;
    this.#timeoutMs = timeoutMs;
  }

  async query<Row>(
    statement: Statement,
    values: readonly SqlValue[] = [],
  ): Promise<SqlAnswer<Row>> {
    try {
      return await this.#session.query<Row>(statement, values, { timeoutMs: this.#timeoutMs });
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  throwFirstFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const commitStatement: Statement = { text: "COMMIT" };

function beginStatement(options: TransactionOptions): Statement {
  const { isolation, isReadOnly, statementTimeoutMs } = options;
  const modes = [
    ...(isolation === undefined ? [] : [`ISOLATION LEVEL ${isolation.toUpperCase()}`]),
    ...(isReadOnly === true ? ["READ ONLY"] : []),
  ];
  const begin = ["BEGIN", ...modes].join(" ");
  if (statementTimeoutMs === undefined) return { text: begin };
  return { text: `${begin}; SET LOCAL statement_timeout = ${statementTimeoutMs}` };
}

async function commit(session: Session, options: TransactionOptions): Promise<void> {
  try {
    await session.query(commitStatement);
  } catch (error) {
    throw readCommitFailure(error, options);
  }
}

function readCommitFailure(error: unknown, { op, isReadOnly }: TransactionOptions): unknown {
  if (!(error instanceof ContactLost) || !error.wasSent) return error;
  return faultOfPostgres(error, { op, lost: isReadOnly === true ? "none" : "unknown" });
}

/** Where `BEGIN` is refused and contact holds, what travelled behind it was committed piece by piece. */
function throwIfNotBegun({ error }: Settled<unknown>, { op }: TransactionOptions): void {
  if (error === undefined || error instanceof ContactLost) return;
  throw raise("provider.indeterminate", {
    op,
    detail: { provider: "postgres" },
    message: "Cannot tell what PostgreSQL did: it refused to begin the transaction",
  });
}

async function rollBack(session: Session): Promise<void> {
  try {
    await session.query({ text: "ROLLBACK" });
  } catch {
    // The engine rolls back what a broken connection leaves.
    session.destroy("the transaction could not be rolled back");
  }
}

interface Settled<T> {
  readonly error: unknown;
  orThrow(): T;
}

async function settle<T>(work: Promise<T>): Promise<Settled<T>> {
  try {
    const value = await work;
    return { error: undefined, orThrow: () => value };
  } catch (error) {
    return {
      error,
      orThrow() {
        throw error;
      },
    };
  }
}
