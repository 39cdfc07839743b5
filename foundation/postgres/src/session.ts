import { ContactLost, reasonOf } from "@bedplate/provider";
import type { PoolClient, QueryResult } from "pg";
import { HeardClient } from "./heard-client.ts";
import { endsConnection, isPostgresError } from "./sql-state.ts";

/** One statement. With a name it is prepared once per connection. */
export interface Statement {
  readonly name?: string | undefined;
  readonly text: string;
}

/** What may stand for `$1`, `$2`, ... */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly SqlValue[];

/** What a statement answered. */
export interface SqlAnswer<Row> {
  readonly rows: readonly Row[];
  /** Rows that it returned or changed. */
  readonly count: number;
  /** What it was, for example `COMMIT`. */
  readonly command: string;
}

/** The engine stops a statement itself; this much later we give up on the engine. */
export const answerGraceMs = 2_000;

/** A connection that was taken from a pool; it goes back when it is disposed. */
export class Session implements Disposable {
  readonly #client: PoolClient;
  readonly #statementTimeoutMs: number;
  readonly #onError: (error: Error) => void;
  /** Why the connection is of no use any more. */
  #loss: string | undefined;

  constructor(client: PoolClient, options: { readonly statementTimeoutMs: number }) {
    this.#client = client;
    this.#statementTimeoutMs = options.statementTimeoutMs;
    this.#onError = (error) => {
      this.#loss ??= reasonOf(error);
    };
    // It may have broken after the pool gave it away and before this session listened.
    if (client instanceof HeardClient) this.#loss = client.loss;
    // Without a listener a connection that breaks while nothing waits for it would end the process.
    client.on("error", this.#onError);
  }

  /** Sends a statement; rejects with `ContactLost` when the connection breaks before the answer. */
  async query<Row>(
    statement: Statement,
    values: readonly SqlValue[] = [],
    options: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<SqlAnswer<Row>> {
    if (this.#loss !== undefined) throw new ContactLost(this.#loss, { wasSent: false });
    const timeoutMs = options.timeoutMs ?? this.#statementTimeoutMs;
    const timer = setTimeout(
      () => this.destroy(`no answer within ${timeoutMs} ms`),
      timeoutMs + answerGraceMs,
    );
    this.#sendTogether();
    try {
      const { name, text } = statement;
      const result: QueryResult | readonly QueryResult[] = await this.#client.query({
        text,
        ...(name !== undefined && { name }),
        values: values as SqlValue[],
      });
      return toAnswer(result);
    } catch (error) {
      throw this.#read(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Breaks the connection, so that nobody uses it again. */
  destroy(reason: string): void {
    this.#loss ??= reason;
    this.#client.connection.stream.destroy();
  }

  [Symbol.dispose](): void {
    this.#client.off("error", this.#onError);
    this.#client.release(this.#loss !== undefined);
  }

  /** What is issued in one turn leaves in one write: each write wakes the engine. */
  #sendTogether(): void {
    const { stream } = this.#client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  #read(error: unknown): unknown {
    if (isPostgresError(error)) {
      if (!endsConnection(error)) return error;
      this.#loss ??= reasonOf(error);
    }
    if (this.#loss === undefined) return error;
    return new ContactLost(this.#loss, { wasSent: true, cause: error });
  }
}

/** A text of several statements has several answers; the last one counts. */
function toAnswer<Row>(result: QueryResult | readonly QueryResult[]): SqlAnswer<Row> {
  const last = Array.isArray(result) ? result.at(-1) : result;
  return { rows: last?.rows ?? [], count: last?.rowCount ?? 0, command: last?.command ?? "" };
}
