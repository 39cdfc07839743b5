import type { PostgresPool } from "@bedplate/postgres";
import type { ProviderHost } from "@bedplate/provider";
import {
  type DriverCommit,
  type DriverCommitAnswer,
  type DriverHistory,
  type DriverKeys,
  type DriverRange,
  type DriverRead,
  type Revision,
  type StateCapabilities,
  type StateDriver,
  type StateEntry,
  type StateLimits,
  stateLimitsDefault,
  ttlMsMaxDefault,
} from "@bedplate/state";
import { CommitWriter, type CommitWriterOptions } from "./commit-writer.ts";
import { HeadPoller } from "./head-poller.ts";
import { Housekeeping } from "./housekeeping.ts";
import { StateReader } from "./state-reader.ts";

/** How state is kept in the tables of a pool, which the driver owns. */
export interface PostgresStateOptions {
  readonly pool: PostgresPool;
  readonly host: ProviderHost;
  /** Most commits of one namespace that share a transaction. Default: 128. */
  readonly groupMax?: number | undefined;
  /** How often watchers look for commits of other processes. Default: 25. */
  readonly watchPollMs?: number | undefined;
  readonly limits?: Partial<StateLimits> | undefined;
  /** Stands for the engine's clock, in tests; null is the engine's. */
  readonly nowMs?: (() => number | null) | undefined;
}

/** The state contract on tables that `stateMigrations` made. */
export class PostgresState implements StateDriver {
  readonly limits: StateLimits;
  readonly capabilities: StateCapabilities = {
    durable: true,
    ttl: { ttlMsMax: ttlMsMaxDefault },
    snapshotReads: true,
  };
  readonly #pool: PostgresPool;
  readonly #reader: StateReader;
  readonly #poller: HeadPoller;
  readonly #housekeeping: Housekeeping;
  readonly #writerOptions: CommitWriterOptions;
  readonly #writers = new Map<string, CommitWriter>();

  constructor(options: PostgresStateOptions) {
    const { pool, host, groupMax = 128, watchPollMs = 25, nowMs = () => null } = options;
    this.limits = { ...stateLimitsDefault, ...options.limits };
    this.#pool = pool;
    this.#reader = new StateReader(pool, nowMs);
    this.#housekeeping = new Housekeeping({ pool, log: host.log, nowMs });
    this.#poller = new HeadPoller({
      clock: host.clock,
      everyMs: watchPollMs,
      readHeads: (namespaces) => this.#reader.heads(namespaces),
    });
    this.#writerOptions = {
      pool,
      limits: this.limits,
      groupMax,
      nowMs,
      onTrim: (trim) => this.#housekeeping.trim(trim),
    };
  }

  getMany(
    namespace: string,
    keys: DriverKeys,
  ): Promise<DriverRead<readonly (StateEntry | null)[]>> {
    return this.#reader.getMany(namespace, keys);
  }

  list(namespace: string, range: DriverRange): Promise<DriverRead<readonly StateEntry[]>> {
    return this.#reader.list(namespace, range);
  }

  async commit(namespace: string, commit: DriverCommit): Promise<DriverCommitAnswer> {
    const answer = await this.#writer(namespace).submit(commit);
    if (answer.kind === "committed") this.#poller.ring(namespace);
    return answer;
  }

  head(namespace: string): Promise<Revision> {
    return this.#reader.head(namespace);
  }

  async history(
    namespace: string,
    from: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory> {
    const { isDue, ...read } = await this.#reader.history(namespace, from);
    if (!isDue) return read;
    await this.#writer(namespace).submit({ checks: [], ops: [] });
    const { isDue: _, ...again } = await this.#reader.history(namespace, from);
    return again;
  }

  onCommit(namespace: string, listener: () => void): Disposable {
    return this.#poller.listen(namespace, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#writers.values()].map((each) => each[Symbol.asyncDispose]()));
    await this.#poller[Symbol.asyncDispose]();
    await this.#housekeeping[Symbol.asyncDispose]();
    await this.#pool[Symbol.asyncDispose]();
  }

  #writer(namespace: string): CommitWriter {
    const found = this.#writers.get(namespace) ?? new CommitWriter(namespace, this.#writerOptions);
    this.#writers.set(namespace, found);
    return found;
  }
}
