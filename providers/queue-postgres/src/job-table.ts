import type { PostgresPool, SqlValue, Statement } from "@bedplate/postgres";
import {
  type CancelAnswer,
  type DriverDeadRange,
  type DriverRelease,
  type EnqueuedJob,
  infoOfRow,
  type JobInfo,
  type JobRow,
  type LeasedJobRow,
  type LeaseRef,
  type QueueDepth,
  type QueueLimits,
  type Released,
} from "@bedplate/queue";
import { jobArrays, type QueuedJob, refArrays, refKey } from "./job-arrays.ts";
import {
  acknowledgeJobs,
  addJob,
  addJobs,
  addKeyedJob,
  cancelJob,
  countJobs,
  extendLeases,
  findJob,
  findKeyHolder,
  leaseJobs,
  listDead,
  redriveJobs,
  releaseJobs,
} from "./job-statements.ts";
import type { Sweeper } from "./sweeper.ts";

/** What the table needs. */
export interface JobTableParts {
  readonly pool: PostgresPool;
  readonly sweeper: Sweeper;
  readonly limits: QueueLimits;
  readonly agingMs: number;
  /** The time that statements run at; null is the engine's. */
  readonly nowMs: () => number | null;
}

/** Leases that are asked for in one statement, one token each. */
export interface LeaseBatch {
  readonly queues: readonly string[];
  readonly tokens: readonly string[];
  readonly workers: readonly string[];
  readonly durationsMs: readonly number[];
}

/** How often a statement is repeated that met a change of another; each time somebody got further. */
const triesMax = 100;

/** The jobs of all queues: one method per statement. */
export class JobTable {
  readonly #parts: JobTableParts;

  constructor(parts: JobTableParts) {
    this.#parts = parts;
  }

  /** Adds jobs without keys; answers for each whether it was new. */
  async add(all: readonly QueuedJob[]): Promise<readonly boolean[]> {
    const [only] = all;
    if (only !== undefined && all.length === 1) return [await this.#addOne(only)];
    // A statement may not touch one job twice.
    const firsts = new Map(all.toReversed().map((each) => [nameOf(each), each]));
    const values = [...jobArrays([...firsts.values()].toReversed()), this.#parts.agingMs];
    const { rows } = await this.#write<JobName>(addJobs, values);
    const added = new Set(rows.map(({ queue, id }) => `${queue} ${id}`));
    return all.map((each) => firsts.get(nameOf(each)) === each && added.has(nameOf(each)));
  }

  async #addOne({ queue, job }: QueuedJob): Promise<boolean> {
    const { id, body, priority, notBefore, expiresAt, attemptsMax, group } = job;
    const facts = [priority, notBefore, expiresAt, attemptsMax, group, this.#parts.agingMs];
    return (await this.#write(addJob, [queue, id, body, ...facts])).count === 1;
  }

  /** Adds jobs of which some have keys, all or none. */
  addKeyed(queue: string, jobs: readonly QueuedJob["job"][]): Promise<readonly EnqueuedJob[]> {
    const { pool, nowMs, agingMs } = this.#parts;
    return pool.inTransaction(
      async (within) => {
        const now = nowMs();
        const answers = jobs.map(async (job): Promise<EnqueuedJob> => {
          const { id, body, priority, notBefore, expiresAt, attemptsMax, group, dedupe } = job;
          const facts = [priority, notBefore, expiresAt, attemptsMax, group, agingMs];
          const key = dedupe?.key ?? null;
          const window = dedupe?.windowMs ?? null;
          const values = [now, queue, id, body, ...facts, key, window];
          const added = within.query(addKeyedJob, values);
          const found = within.query<JobName>(findKeyHolder, [now, queue, id, key]);
          const isNew = (await added).count === 1;
          const holder = (await found).rows[0]?.id;
          return isNew ? { id, duplicate: false } : { id: holder ?? id, duplicate: true };
        });
        return Promise.all(answers);
      },
      { op: "queue.enqueue" },
    );
  }

  /** Takes ready jobs, after whatever is due in their queues is done. */
  async lease(batch: LeaseBatch): Promise<readonly LeasedJobRow[]> {
    const values = [batch.queues, batch.tokens, batch.workers, batch.durationsMs];
    for (let tries = 0; tries < triesMax; tries++) {
      const { rows } = await this.#write<LeaseAnswer>(leaseJobs, values);
      const due = rows[0]?.due ?? null;
      if (due === null)
        return rows.filter((row): row is LeaseAnswer & LeasedJobRow => row.n !== null);
      await this.#parts.sweeper.sweep(due);
    }
    return [];
  }

  async extend(refs: readonly LeaseRef[], durationMs: number): Promise<readonly (number | null)[]> {
    const values = [...refArrays(refs), durationMs];
    const { rows } = await this.#write<LeaseRef & { until: number }>(extendLeases, values);
    const ends = new Map(rows.map((row) => [refKey(row), row.until]));
    return refs.map((ref) => ends.get(refKey(ref)) ?? null);
  }

  /** Answers true once for each lease that was held. */
  async acknowledge(refs: readonly LeaseRef[]): Promise<readonly boolean[]> {
    const values = [...refArrays(refs), this.#parts.limits.retainMs];
    const { rows } = await this.#write<LeaseRef>(acknowledgeJobs, values);
    const done = new Set(rows.map(refKey));
    return refs.map((ref) => done.delete(refKey(ref)));
  }

  async release(releases: readonly DriverRelease[]): Promise<readonly Released[]> {
    // The first of two releases of one lease counts.
    const firsts = [...new Map(releases.toReversed().map((each) => [refKey(each), each])).values()];
    const values = [
      ...refArrays(firsts),
      firsts.map(({ delayMs }) => delayMs),
      firsts.map(({ reason }) => reason),
      firsts.map(({ bury }) => bury),
      this.#parts.limits.deadRetainMs,
    ];
    const { rows } = await this.#write<ReleasedRow>(releaseJobs, values);
    const states = new Map(rows.map((row) => [refKey(row), row.state]));
    return releases.map((each) => {
      const state = states.get(refKey(each)) ?? null;
      states.delete(refKey(each));
      return state;
    });
  }

  async cancel(queue: string, id: string): Promise<CancelAnswer> {
    for (let tries = 0; tries < triesMax; tries++) {
      await this.#parts.sweeper.catchUp(queue);
      const values = [queue, id, this.#parts.limits.retainMs];
      const { rows } = await this.#write<CancelRow>(cancelJob, values);
      const { cancelled = false, state = null } = rows[0] ?? {};
      if (cancelled) return "cancelled";
      if (state === null) return "unknown";
      if (state === "leased") return "leased";
      if (state === "done" || state === "dead" || state === "cancelled") return "finished";
      // Somebody took it between the two looks.
    }
    return "leased";
  }

  async inspect(queue: string, id: string): Promise<JobInfo | null> {
    await this.#parts.sweeper.catchUp(queue);
    const [row] = await this.#read<JobRow>(findJob, [queue, id]);
    return row === undefined ? null : infoOfRow(row);
  }

  async dead({ queue, after, limit }: DriverDeadRange): Promise<readonly JobInfo[]> {
    await this.#parts.sweeper.catchUp(queue);
    return (await this.#read<JobRow>(listDead, [queue, after ?? "", limit])).map(infoOfRow);
  }

  async redrive(queue: string, ids: readonly string[]): Promise<number> {
    await this.#parts.sweeper.catchUp(queue);
    return (await this.#write(redriveJobs, [queue, ids])).count;
  }

  async depth(queue: string): Promise<QueueDepth> {
    await this.#parts.sweeper.catchUp(queue);
    const [row] = await this.#read<DepthRow>(countJobs, [queue]);
    if (row === undefined) return { ready: 0, delayed: 0, leased: 0, dead: 0, oldestReadyMs: 0 };
    const { ready, delayed, blocked, leased, dead, oldest_ready_ms: oldestReadyMs } = row;
    return { ready, delayed: delayed + blocked, leased, dead, oldestReadyMs };
  }

  #write<Row>(statement: Statement, values: readonly SqlValue[]) {
    const op = opOf(statement);
    return this.#parts.pool.write<Row>(statement, [this.#parts.nowMs(), ...values], { op });
  }

  #read<Row>(statement: Statement, values: readonly SqlValue[]) {
    const op = opOf(statement);
    return this.#parts.pool.read<Row>(statement, [this.#parts.nowMs(), ...values], { op });
  }
}

interface JobName {
  readonly queue: string;
  readonly id: string;
}

type LeaseAnswer = { readonly due: readonly string[] | null } & (
  | { readonly n: null }
  | ({ readonly n: number } & LeasedJobRow)
);

interface ReleasedRow extends LeaseRef {
  readonly state: "ready" | "delayed" | "dead";
}

interface CancelRow {
  readonly cancelled: boolean;
  readonly state: JobRow["state"] | null;
}

interface DepthRow {
  readonly ready: number;
  readonly delayed: number;
  readonly blocked: number;
  readonly leased: number;
  readonly dead: number;
  readonly oldest_ready_ms: number;
}

function nameOf({ queue, job }: QueuedJob): string {
  return `${queue} ${job.id}`;
}

/** `queue-lease` is run by `queue.lease`. */
function opOf({ name = "queue-use" }: Statement): string {
  return name.replace("-", ".");
}
