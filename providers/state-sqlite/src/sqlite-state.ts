import { EventEmitter } from "node:events";
import type { DatabaseSync } from "node:sqlite";
import { type Clock, systemClock } from "@bedplate/clock";
import { applyInTransaction, GroupWriter, openDatabase, takeOwnership } from "@bedplate/sqlite";
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
import { type CommitWrite, CommitWriter } from "./commit-writer.ts";
import { stateDatabase } from "./schema.ts";
import { StateReader } from "./state-reader.ts";

/** Where the state is kept, and how. */
export interface SqliteStateOptions {
  readonly path: string;
  /** Refuses to open while another owner lives. Default: true. */
  readonly isOwner?: boolean | undefined;
  /** Most commits that share one fsync. Default: 128. */
  readonly groupMax?: number | undefined;
  /** Largest file, in pages of 4 KiB; then commits are refused as on a full disk. Default: no limit. */
  readonly pagesMax?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<StateLimits> | undefined;
}

/** Opens or makes a file of state. */
export async function openSqliteState(options: SqliteStateOptions): Promise<StateDriver> {
  using undo = new DisposableStack();
  if (options.isOwner ?? true) undo.use(takeOwnership(options.path));
  const writing = undo.adopt(openDatabase(options.path, stateDatabase), (each) => each.close());
  if (options.pagesMax !== undefined) writing.exec(`PRAGMA max_page_count = ${options.pagesMax}`);
  const reading = undo.adopt(openDatabase(options.path, stateDatabase), (each) => each.close());
  return new SqliteState({ options, writing, reading, held: undo.move() });
}

interface Parts {
  readonly options: SqliteStateOptions;
  readonly writing: DatabaseSync;
  readonly reading: DatabaseSync;
  readonly held: DisposableStack;
}

class SqliteState implements StateDriver {
  readonly limits: StateLimits;
  readonly capabilities: StateCapabilities = {
    durable: true,
    ttl: { ttlMsMax: ttlMsMaxDefault },
    snapshotReads: true,
  };
  readonly #clock: Clock;
  readonly #reader: StateReader;
  readonly #writer: GroupWriter<CommitWrite, DriverCommitAnswer>;
  readonly #held: DisposableStack;
  readonly #commits = new EventEmitter().setMaxListeners(0);

  constructor({ options, writing, reading, held }: Parts) {
    this.limits = { ...stateLimitsDefault, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    this.#reader = new StateReader(reading);
    const writer = new CommitWriter(writing, this.limits);
    const applyGroup = (writes: readonly CommitWrite[]) =>
      applyInTransaction(writing, (group) => writer.apply(group, this.#clock.now()), [writes]);
    this.#writer = new GroupWriter(async (writes) => applyGroup(writes)[0] ?? [], {
      groupMax: options.groupMax,
    });
    this.#held = held;
  }

  async getMany(
    namespace: string,
    keys: DriverKeys,
  ): Promise<DriverRead<readonly (StateEntry | null)[]>> {
    return this.#reader.getMany(namespace, { ...keys, nowMs: this.#clock.now() });
  }

  async list(namespace: string, range: DriverRange): Promise<DriverRead<readonly StateEntry[]>> {
    return this.#reader.list(namespace, { ...range, nowMs: this.#clock.now() });
  }

  async commit(namespace: string, commit: DriverCommit): Promise<DriverCommitAnswer> {
    const answer = await this.#writer.submit({ namespace, commit });
    if (answer.kind === "committed") this.#commits.emit(`in:${namespace}`);
    return answer;
  }

  async head(namespace: string): Promise<Revision> {
    return this.#reader.head(namespace);
  }

  async history(
    namespace: string,
    from: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory> {
    if (this.#reader.isDue(namespace, this.#clock.now())) {
      await this.#writer.submit({ namespace, commit: { checks: [], ops: [] } });
    }
    return this.#reader.history(namespace, from);
  }

  onCommit(namespace: string, listener: () => void): Disposable {
    this.#commits.on(`in:${namespace}`, listener);
    return { [Symbol.dispose]: () => this.#commits.off(`in:${namespace}`, listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
    this.#commits.removeAllListeners();
    this.#held.dispose();
  }
}
