import { type Clock, systemRandom } from "@bedplate/clock";
import { isFault, raise } from "@bedplate/errors";
import { ContactLost, type ProviderHost, type ProviderUrl, reasonOf } from "@bedplate/provider";
import { Pool } from "pg";
import { connectionOptions, type SessionSettings } from "./connection-options.ts";
import { HeardClient } from "./heard-client.ts";
import { faultOfPostgres, type PostgresFaultContext } from "./postgres-fault.ts";
import type { PostgresSettings } from "./postgres-settings.ts";
import { Session, type SqlAnswer, type SqlValue, type Statement } from "./session.ts";
import { isContention, isPostgresError, isStalePlan } from "./sql-state.ts";
import {
  type BoundStatement,
  runTogether,
  runTransaction,
  type Transaction,
  type TransactionOptions,
} from "./transaction.ts";

/** What every call says: the operation that faults name. */
export interface CallOptions {
  readonly op: string;
}

/** What a provider wants of its pool. */
export interface PoolOptions {
  /** Parameters of the engine for every connection; values without spaces. */
  readonly session?: SessionSettings | undefined;
}

/** Tries of work that the engine undid because of others. */
const contentionTriesMax = 6;
const contentionPauseMs = 4;

/** Connects to the engine of a URL; throws `provider.unavailable` or `provider.denied` when it does not answer. */
export async function openPostgresPool(
  place: ProviderUrl<PostgresSettings>,
  host: ProviderHost,
  options: PoolOptions = {},
): Promise<PostgresPool> {
  const { settings } = place;
  const connection = await connectionOptions(place, host, options.session);
  const pool = new PostgresPool(new Pool({ ...connection, Client: HeardClient }), {
    schema: settings.schema,
    statementTimeoutMs: settings.statementTimeoutMs,
    clock: host.clock,
  });
  pool.onIdleLoss((reason) => host.log.warn("postgres connection lost", { reason }));
  try {
    await pool.ping();
    return pool;
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
}

interface PoolFacts {
  readonly schema: string;
  readonly statementTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * Connections to one schema. Every wait is bounded; what is thrown is a registered fault that says
 * whether it happened, or the engine's own refusal (`isPostgresError`) where only the caller knows
 * what it means.
 */
export class PostgresPool implements AsyncDisposable {
  readonly schema: string;
  readonly #pool: Pool;
  readonly #statementTimeoutMs: number;
  readonly #clock: Clock;
  readonly #sessions = new Set<Session>();
  #closing: Promise<void> | undefined;

  constructor(pool: Pool, facts: PoolFacts) {
    this.#pool = pool;
    this.schema = facts.schema;
    this.#statementTimeoutMs = facts.statementTimeoutMs;
    this.#clock = facts.clock;
  }

  /** Calls back when a connection breaks that nobody uses; the pool replaces it by itself. */
  onIdleLoss(listener: (reason: string) => void): void {
    this.#pool.on("error", (error) => listener(reasonOf(error)));
  }

  /** Runs a statement that changes nothing; when contact breaks it is tried once more, on another connection. */
  async read<Row>(
    statement: Statement,
    values: readonly SqlValue[],
    options: CallOptions,
  ): Promise<readonly Row[]> {
    const answer = await this.#run({ op: options.op, lost: "none" }, (session) =>
      session.query<Row>(statement, values),
    );
    return answer.rows;
  }

  /** Runs a statement that changes something, as a transaction of its own; it is never sent twice. */
  write<Row>(
    statement: Statement,
    values: readonly SqlValue[],
    options: CallOptions,
  ): Promise<SqlAnswer<Row>> {
    return this.#run({ op: options.op, lost: "unknown" }, (session) =>
      session.query<Row>(statement, values),
    );
  }

  /** Runs statements as one transaction in one round trip: all of them happen, or none. */
  writeTogether(
    statements: readonly BoundStatement[],
    options: TransactionOptions,
  ): Promise<readonly SqlAnswer<unknown>[]> {
    const { op, statementTimeoutMs } = options;
    return this.#run({ op, lost: "none", statementTimeoutMs }, (session) =>
      runTogether(session, statements, options),
    );
  }

  /**
   * Runs work as a transaction. Work that the engine undid because of others (serialization,
   * deadlock) is run again from its beginning, a bounded number of times, so it must keep no state.
   */
  inTransaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    options: TransactionOptions,
  ): Promise<T> {
    const { op, statementTimeoutMs } = options;
    return this.#run({ op, lost: "none", statementTimeoutMs }, (session) =>
      runTransaction(session, work, options),
    );
  }

  /** Throws a fault unless the engine answers. */
  async ping(): Promise<void> {
    await this.read({ text: "SELECT 1" }, [], { op: "postgres.ping" });
  }

  /** Waits until every connection came back, bounded, and closes them. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #run<T>(context: PostgresFaultContext, work: (session: Session) => Promise<T>): Promise<T> {
    const tries = new Tries(context);
    for (;;) {
      try {
        return await this.#runOnce(work);
      } catch (error) {
        if (this.#closing !== undefined && !isFault(error)) throw closed(context.op);
        const pauseMs = tries.pauseAfter(error);
        if (pauseMs === undefined) throw this.#faultOf(error, context);
        if (pauseMs > 0) await this.#clock.sleep(pauseMs);
      }
    }
  }

  #faultOf(error: unknown, context: PostgresFaultContext): unknown {
    const statementTimeoutMs = context.statementTimeoutMs ?? this.#statementTimeoutMs;
    return faultOfPostgres(error, { ...context, statementTimeoutMs });
  }

  async #runOnce<T>(work: (session: Session) => Promise<T>): Promise<T> {
    using session = await this.#checkOut();
    try {
      return await work(session);
    } catch (error) {
      // Another connection prepares it anew.
      if (isStalePlan(error)) session.destroy("a prepared statement is out of date");
      throw error;
    } finally {
      this.#sessions.delete(session);
    }
  }

  async #checkOut(): Promise<Session> {
    try {
      const client = await this.#pool.connect();
      const session = new Session(client, { statementTimeoutMs: this.#statementTimeoutMs });
      this.#sessions.add(session);
      return session;
    } catch (error) {
      if (isFault(error)) throw error;
      if (isPostgresError(error) && !error.code.startsWith("57P")) throw error;
      throw new ConnectFailed(reasonOf(error), { cause: error });
    }
  }

  async #close(): Promise<void> {
    const timer = setTimeout(() => {
      for (const session of this.#sessions) session.destroy("the pool was closed");
    }, this.#statementTimeoutMs);
    await this.#pool.end();
    clearTimeout(timer);
  }
}

/** No connection could be made within its time, so a further try at once is of no use. */
class ConnectFailed extends ContactLost {
  constructor(reason: string, options: { readonly cause: unknown }) {
    super(reason, { ...options, wasSent: false });
  }
}

/** Decides after a failure whether to try again, and when. */
class Tries {
  readonly #context: PostgresFaultContext;
  #contentions = 0;
  #losses = 0;
  #stalePlans = 0;

  constructor(context: PostgresFaultContext) {
    this.#context = context;
  }

  /** Undefined: not again. */
  pauseAfter(error: unknown): number | undefined {
    if (isContention(error)) return this.#pauseAfterContention();
    if (isStalePlan(error)) return this.#stalePlans++ === 0 ? 0 : undefined;
    if (!(error instanceof ContactLost) || error instanceof ConnectFailed) return undefined;
    const isSafe = !error.wasSent || this.#context.lost === "none";
    return isSafe && this.#losses++ === 0 ? 0 : undefined;
  }

  #pauseAfterContention(): number | undefined {
    this.#contentions += 1;
    if (this.#contentions >= contentionTriesMax) return undefined;
    const [byte = 0] = systemRandom.bytes(1);
    return contentionPauseMs * 2 ** this.#contentions * (0.5 + byte / 255);
  }
}

function closed(op: string): Error {
  return raise("resource.closed", {
    op,
    detail: { type: "PostgreSQL pool" },
    message: "Cannot use the pool: it is closed",
  });
}
