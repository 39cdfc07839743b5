import { EventEmitter } from "node:events";
import { type Clock, type Random, systemClock, systemRandom } from "@bedplate/clock";
import type { PostgresPool } from "@bedplate/postgres";
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
  leaseOfRow,
  type QueueCapabilities,
  type QueueDepth,
  type QueueDriver,
  type QueueLimits,
  queueCapabilitiesFull,
  queueLimitsDefault,
  type Released,
} from "@bedplate/queue";
import { CallGroup } from "./call-group.ts";
import type { QueuedJob } from "./job-arrays.ts";
import { JobTable } from "./job-table.ts";
import { Sweeper } from "./sweeper.ts";
import { Vacuum } from "./vacuum.ts";

/** How the jobs are kept. */
export interface PostgresQueueOptions {
  /** Default: the engine's clock, which all processes share. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly limits?: Partial<QueueLimits> | undefined;
  /** In which time a waiting job gains a level of priority. */
  readonly agingMs?: number | undefined;
}

type EnqueueCall = readonly QueuedJob[];

/** Bounds of one statement. */
const bodyBytesPerStatement = 4 * 1024 * 1024;
const leasesPerStatement = 1_024;
/** What a job costs beside its body, in bytes. */
const jobWeight = 512;

/** Queues in one table of a PostgreSQL schema. Closing it closes the pool. */
export class PostgresQueue implements QueueDriver {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities;
  readonly #held: AsyncDisposableStack = new AsyncDisposableStack();
  readonly #table: JobTable;
  readonly #sweeper: Sweeper;
  readonly #vacuum: Vacuum;
  readonly #random: Random;
  readonly #enqueues: CallGroup<EnqueueCall, readonly boolean[]>;
  readonly #leases: CallGroup<DriverLeaseRequest, readonly LeasedJob[]>;
  readonly #acknowledges: CallGroup<readonly LeaseRef[], readonly boolean[]>;
  readonly #readiness = new EventEmitter().setMaxListeners(0);
  #turn = 0;

  constructor(pool: PostgresPool, options: PostgresQueueOptions = {}) {
    const { clock, random = systemRandom } = options;
    const agingMs = options.agingMs ?? queueCapabilitiesFull.priorities.agingMs;
    const priorities = { ...queueCapabilitiesFull.priorities, agingMs };
    const limits = { ...queueLimitsDefault, ...options.limits };
    const nowMs = () => clock?.now() ?? null;
    this.limits = limits;
    this.capabilities = { ...queueCapabilitiesFull, durable: true, priorities };
    this.#random = random;
    // What was called before closing is answered: groups end before the pool does.
    this.#held.use(pool);
    this.#sweeper = this.#held.use(new Sweeper({ pool, limits, nowMs }));
    this.#vacuum = this.#held.use(new Vacuum(pool));
    this.#table = new JobTable({ pool, sweeper: this.#sweeper, limits, agingMs, nowMs });
    this.#enqueues = this.#held.use(this.#groupEnqueues());
    this.#leases = this.#held.use(this.#groupLeases());
    this.#acknowledges = this.#held.use(this.#groupAcknowledges());
  }

  async enqueue(queue: string, jobs: readonly DriverJob[]): Promise<readonly EnqueuedJob[]> {
    const answers = jobs.some(({ dedupe }) => dedupe !== null)
      ? await this.#table.addKeyed(queue, jobs)
      : await this.#addPlain(queue, jobs);
    if (answers.some(({ duplicate }) => !duplicate)) this.#readiness.emit(`in:${queue}`);
    return answers;
  }

  lease(request: DriverLeaseRequest): Promise<readonly LeasedJob[]> {
    this.#sweeper.forgetSometimes(systemClock.monotonic());
    return this.#leases.submit(request);
  }

  extend(refs: readonly LeaseRef[], durationMs: number): Promise<readonly (number | null)[]> {
    return this.#table.extend(refs, durationMs);
  }

  acknowledge(refs: readonly LeaseRef[]): Promise<readonly boolean[]> {
    return this.#acknowledges.submit(refs);
  }

  async release(releases: readonly DriverRelease[]): Promise<readonly Released[]> {
    const answers = await this.#table.release(releases);
    const ready = releases.filter((_, index) => answers[index] === "ready");
    for (const queue of new Set(ready.map((each) => each.queue))) {
      this.#readiness.emit(`in:${queue}`);
    }
    return answers;
  }

  cancel(queue: string, id: string): Promise<CancelAnswer> {
    return this.#table.cancel(queue, id);
  }

  inspect(queue: string, id: string): Promise<JobInfo | null> {
    return this.#table.inspect(queue, id);
  }

  dead(range: DriverDeadRange): Promise<readonly JobInfo[]> {
    return this.#table.dead(range);
  }

  async redrive(queue: string, ids: readonly string[]): Promise<number> {
    const count = await this.#table.redrive(queue, ids);
    if (count > 0) this.#readiness.emit(`in:${queue}`);
    return count;
  }

  depth(queue: string): Promise<QueueDepth> {
    return this.#table.depth(queue);
  }

  onReady(queue: string, listener: () => void): Disposable {
    // Each call counts by itself, though the listener may be the same.
    const call = () => listener();
    this.#readiness.on(`in:${queue}`, call);
    return { [Symbol.dispose]: () => void this.#readiness.off(`in:${queue}`, call) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
    this.#readiness.removeAllListeners();
  }

  async #addPlain(queue: string, jobs: readonly DriverJob[]): Promise<readonly EnqueuedJob[]> {
    const added = await this.#enqueues.submit(jobs.map((job) => ({ queue, job })));
    return jobs.map(({ id }, index) => ({ id, duplicate: added[index] !== true }));
  }

  #groupEnqueues(): CallGroup<EnqueueCall, readonly boolean[]> {
    return new CallGroup({
      op: "queue.enqueue",
      weigh: (call) => call.reduce((sum, { job }) => sum + job.body.byteLength + jobWeight, 0),
      weightMax: bodyBytesPerStatement,
      run: async (calls) => dealOut(await this.#table.add(calls.flat()), calls),
    });
  }

  #groupAcknowledges(): CallGroup<readonly LeaseRef[], readonly boolean[]> {
    return new CallGroup({
      op: "queue.acknowledge",
      weigh: (refs) => refs.length,
      weightMax: leasesPerStatement,
      run: async (calls) => dealOut(await this.#table.acknowledge(calls.flat()), calls),
    });
  }

  #groupLeases(): CallGroup<DriverLeaseRequest, readonly LeasedJob[]> {
    return new CallGroup({
      op: "queue.lease",
      weigh: ({ max }) => max,
      weightMax: leasesPerStatement,
      kindOf: ({ queues }) => queues.join(" "),
      run: (requests) => this.#leaseTogether(requests),
    });
  }

  async #leaseTogether(
    requests: readonly DriverLeaseRequest[],
  ): Promise<readonly (readonly LeasedJob[])[]> {
    const queues = requests[0]?.queues ?? [];
    const start = this.#turn++ % queues.length;
    const seats = requests.flatMap((request) => Array.from({ length: request.max }, () => request));
    const rows = await this.#table.lease({
      queues: [...queues.slice(start), ...queues.slice(0, start)],
      tokens: seats.map(() => Buffer.from(this.#random.bytes(16)).toString("base64url")),
      workers: seats.map(({ worker }) => worker),
      durationsMs: seats.map(({ durationMs }) => durationMs),
    });
    this.#vacuum.afterLeases(rows.length);
    const jobs = rows.map(leaseOfRow);
    let given = 0;
    return requests.map(({ max }) => {
      given += max;
      return jobs.slice(given - max, given);
    });
  }
}

/** Gives each call as many of the answers as it had items. */
function dealOut<Answer>(
  answers: readonly Answer[],
  calls: readonly (readonly unknown[])[],
): readonly (readonly Answer[])[] {
  let given = 0;
  return calls.map(({ length }) => {
    given += length;
    return answers.slice(given - length, given);
  });
}
