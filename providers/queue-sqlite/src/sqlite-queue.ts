import { EventEmitter } from "node:events";
import type { DatabaseSync } from "node:sqlite";
import { type Clock, type Random, systemClock, systemRandom } from "@bedplate/clock";
import {
  type CancelAnswer,
  type DriverDeadRange,
  type DriverJob,
  type DriverLeaseRequest,
  type DriverRelease,
  type EnqueuedJob,
  type JobInfo,
  type LeasedJob,
  type LeaseRef,
  type QueueCapabilities,
  type QueueDepth,
  type QueueDriver,
  type QueueLimits,
  queueCapabilitiesFull,
  queueLimitsDefault,
  type Released,
} from "@bedplate/queue";
import { applyInTransaction, GroupWriter, openDatabase, takeOwnership } from "@bedplate/sqlite";
import { JobTable } from "./job-table.ts";
import { queueDatabase } from "./schema.ts";

/** Where the jobs are kept, and how. */
export interface SqliteQueueOptions {
  readonly path: string;
  /** Refuses to open while another owner lives. Default: true. */
  readonly isOwner?: boolean | undefined;
  /** Most calls that share one fsync. Default: 128. */
  readonly groupMax?: number | undefined;
  /** Pages that the file may have; a call that needs more is refused with `quota.exceeded`. Default: no bound. */
  readonly pagesMax?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly limits?: Partial<QueueLimits> | undefined;
  /** In which time a waiting job gains a level of priority. */
  readonly agingMs?: number | undefined;
}

/** Opens or makes a file of queues. Several processes may work on one file when none is its owner. */
export async function openSqliteQueue(options: SqliteQueueOptions): Promise<QueueDriver> {
  using undo = new DisposableStack();
  if (options.isOwner ?? true) undo.use(takeOwnership(options.path));
  const database = undo.adopt(openDatabase(options.path, queueDatabase), (each) => each.close());
  const { pagesMax } = options;
  if (pagesMax !== undefined) database.exec(`PRAGMA max_page_count = ${pagesMax}`);
  return new SqliteQueue({ options, database, held: undo.move() });
}

interface Parts {
  readonly options: SqliteQueueOptions;
  readonly database: DatabaseSync;
  readonly held: DisposableStack;
}

/** One step on the table; steps of one group share a transaction. */
type Step = (table: JobTable) => unknown;

class SqliteQueue implements QueueDriver {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities;
  readonly #writer: GroupWriter<Step, unknown>;
  readonly #held: DisposableStack;
  readonly #readiness = new EventEmitter().setMaxListeners(0);

  constructor({ options, database, held }: Parts) {
    const { clock = systemClock, random = systemRandom } = options;
    const { priorities } = queueCapabilitiesFull;
    const agingMs = options.agingMs ?? priorities.agingMs;
    this.limits = { ...queueLimitsDefault, ...options.limits };
    this.capabilities = {
      ...queueCapabilitiesFull,
      durable: true,
      priorities: { ...priorities, agingMs },
    };
    const table = new JobTable(database, {
      limits: this.limits,
      agingMs,
      newToken: () => Buffer.from(random.bytes(16)).toString("base64url"),
      nowMs: () => clock.now(),
    });
    this.#writer = new GroupWriter(
      async (steps: readonly Step[]) => applyInTransaction(database, (step) => step(table), steps),
      { groupMax: options.groupMax },
    );
    this.#held = held;
  }

  async enqueue(queue: string, jobs: readonly DriverJob[]): Promise<readonly EnqueuedJob[]> {
    const answers = await this.#step((table) => table.enqueue(queue, jobs));
    if (answers.some(({ duplicate }) => !duplicate)) this.#readiness.emit(`in:${queue}`);
    return answers;
  }

  lease(request: DriverLeaseRequest): Promise<readonly LeasedJob[]> {
    return this.#step((table) => table.lease(request));
  }

  extend(refs: readonly LeaseRef[], durationMs: number): Promise<readonly (number | null)[]> {
    return this.#step((table) => table.extend(refs, durationMs));
  }

  acknowledge(refs: readonly LeaseRef[]): Promise<readonly boolean[]> {
    return this.#step((table) => table.acknowledge(refs));
  }

  async release(releases: readonly DriverRelease[]): Promise<readonly Released[]> {
    const answers = await this.#step((table) => table.release(releases));
    const ready = releases.filter((_, index) => answers[index] === "ready");
    for (const queue of new Set(ready.map((each) => each.queue))) {
      this.#readiness.emit(`in:${queue}`);
    }
    return answers;
  }

  cancel(queue: string, id: string): Promise<CancelAnswer> {
    return this.#step((table) => table.cancel(queue, id));
  }

  inspect(queue: string, id: string): Promise<JobInfo | null> {
    return this.#step((table) => table.inspect(queue, id));
  }

  dead(range: DriverDeadRange): Promise<readonly JobInfo[]> {
    return this.#step((table) => table.dead(range));
  }

  async redrive(queue: string, ids: readonly string[]): Promise<number> {
    const count = await this.#step((table) => table.redrive(queue, ids));
    if (count > 0) this.#readiness.emit(`in:${queue}`);
    return count;
  }

  depth(queue: string): Promise<QueueDepth> {
    return this.#step((table) => table.depth(queue));
  }

  onReady(queue: string, listener: () => void): Disposable {
    this.#readiness.on(`in:${queue}`, listener);
    return { [Symbol.dispose]: () => this.#readiness.off(`in:${queue}`, listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
    this.#readiness.removeAllListeners();
    this.#held.dispose();
  }

  #step<T>(step: (table: JobTable) => T): Promise<T> {
    return this.#writer.submit(step) as Promise<T>;
  }
}
