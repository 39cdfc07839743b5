import type { DatabaseSync } from "node:sqlite";
import {
  type CancelAnswer,
  type DriverDeadRange,
  type DriverJob,
  type DriverLeaseRequest,
  type DriverRelease,
  type EnqueuedJob,
  infoOfRow,
  type JobInfo,
  type JobRow,
  type LeasedJob,
  type LeasedJobRow,
  type LeaseRef,
  leaseOfRow,
  type QueueDepth,
  type QueueLimits,
  type Released,
} from "@bedplate/queue";
import { type JobStatements, prepareJobStatements } from "./job-statements.ts";

/** What the table needs from its queue. */
export interface JobTableContext {
  readonly limits: QueueLimits;
  readonly agingMs: number;
  readonly newToken: () => string;
  readonly nowMs: () => number;
}

/** SQLite has lists as JSON. */
type SqliteJobRow = Omit<JobRow, "failures"> & { readonly failures: string };

type JobName = Pick<LeaseRef, "queue" | "id">;

/** The jobs of all queues. Each method is one step inside a transaction that its user opens. */
export class JobTable {
  readonly #context: JobTableContext;
  readonly #sql: JobStatements;
  #turn = 0;

  constructor(database: DatabaseSync, context: JobTableContext) {
    this.#context = context;
    this.#sql = prepareJobStatements(database);
  }

  enqueue(queue: string, jobs: readonly DriverJob[]): readonly EnqueuedJob[] {
    const now = this.#catchUp(queue);
    return jobs.map((job) => {
      const { id } = job;
      const holder = this.#keyHolder(queue, job);
      if (holder !== undefined) return { id: holder, duplicate: true };
      if (!this.#add(queue, job, now)) return { id, duplicate: true };
      if (job.dedupe !== null) {
        const { key, windowMs } = job.dedupe;
        this.#sql.holdKey.run({ queue, key, id, until: now + windowMs });
      }
      return { id, duplicate: false };
    });
  }

  lease({ queues, max, durationMs, worker }: DriverLeaseRequest): readonly LeasedJob[] {
    const start = this.#turn++ % queues.length;
    const leases: LeasedJob[] = [];
    for (const queue of [...queues.slice(start), ...queues.slice(0, start)]) {
      const now = this.#catchUp(queue);
      const until = now + durationMs;
      while (leases.length < max) {
        const token = this.#context.newToken();
        const row = this.#sql.take.get({ queue, worker, now, until, token });
        if (row === undefined) break;
        leases.push(leaseOfRow(row as unknown as LeasedJobRow));
      }
    }
    return leases;
  }

  extend(refs: readonly LeaseRef[], durationMs: number): readonly (number | null)[] {
    return refs.map((ref) => {
      const held = this.#held(ref);
      if (held === null) return null;
      const until = held.now + durationMs;
      this.#sql.extend.run({ queue: ref.queue, id: ref.id, until });
      return until;
    });
  }

  acknowledge(refs: readonly LeaseRef[]): readonly boolean[] {
    return refs.map((ref) => {
      const held = this.#held(ref);
      if (held === null) return false;
      this.#finish(held.row, "done", held.now);
      return true;
    });
  }

  release(releases: readonly DriverRelease[]): readonly Released[] {
    return releases.map((each) => {
      const held = this.#held(each);
      if (held === null) return null;
      const { queue, id, reason, bury, delayMs } = each;
      const { now, row } = held;
      const isTooLate = row.expires_at !== null && row.expires_at <= now;
      if (bury || isTooLate || row.attempts >= row.attempts_max) {
        const keepMs = this.#context.limits.deadRetainMs;
        this.#sql.bury.run({ queue, id, reason, now, keepMs });
        this.#passTurn(queue, row.group_name, now);
        return "dead";
      }
      const state = delayMs > 0 ? "delayed" : "ready";
      this.#sql.giveBack.run({ queue, id, reason, state, now, readyAt: now + delayMs });
      return state;
    });
  }

  cancel(queue: string, id: string): CancelAnswer {
    const now = this.#catchUp(queue);
    const row = this.#find({ queue, id });
    if (row === undefined) return "unknown";
    if (row.state === "leased") return "leased";
    if (row.settled_at !== null) return "finished";
    this.#finish(row, "cancelled", now);
    return "cancelled";
  }

  inspect(queue: string, id: string): JobInfo | null {
    this.#catchUp(queue);
    const row = this.#find({ queue, id });
    return row === undefined ? null : infoOf(row);
  }

  dead({ queue, after, limit }: DriverDeadRange): readonly JobInfo[] {
    this.#catchUp(queue);
    const rows = this.#sql.dead.all({ queue, after: after ?? "", limit });
    return rows.map((row) => infoOf(row as unknown as SqliteJobRow));
  }

  redrive(queue: string, ids: readonly string[]): number {
    const now = this.#catchUp(queue);
    return ids.filter((id) => {
      const group = this.#find({ queue, id })?.group_name ?? null;
      const state = this.#isTurnTaken(queue, group) ? "blocked" : "ready";
      return this.#sql.redrive.run({ queue, id, state, now }).changes === 1;
    }).length;
  }

  depth(queue: string): QueueDepth {
    const now = this.#catchUp(queue);
    const row = this.#sql.depth.get({ queue }) ?? {};
    const of = (name: string) => Number(row[name] ?? 0);
    return {
      ready: of("ready"),
      delayed: of("delayed"),
      leased: of("leased"),
      dead: of("dead"),
      oldestReadyMs: now - Number(row["oldest"] ?? now),
    };
  }

  /** Brings every job of a queue to where it is at this instant, and answers the instant. */
  #catchUp(queue: string): number {
    const now = this.#context.nowMs();
    const { deadRetainMs: keepMs } = this.#context.limits;
    const expired = this.#sql.expireDead.all({ queue, now, keepMs });
    this.#sql.expireReady.run({ queue, now });
    this.#sql.promote.run({ queue, now });
    expired.push(...this.#sql.expireWaiting.all({ queue, now, keepMs }));
    for (const row of expired) this.#passTurn(queue, row["group_name"] as string | null, now);
    this.#sql.forget.run({ queue, now });
    this.#sql.closeKeys.run({ queue, now });
    return now;
  }

  #held({
    queue,
    id,
    token,
  }: LeaseRef): { readonly row: SqliteJobRow; readonly now: number } | null {
    const now = this.#context.nowMs();
    const row = this.#sql.held.get({ queue, id, token, now });
    return row === undefined ? null : { row: row as unknown as SqliteJobRow, now };
  }

  #finish({ queue, id, group_name }: SqliteJobRow, state: "done" | "cancelled", now: number): void {
    const keepMs = this.#context.limits.retainMs;
    this.#sql.finish.run({ queue, id, state, now, keepMs });
    this.#passTurn(queue, group_name, now);
  }

  /** False when the queue knows the id. */
  #add(queue: string, job: DriverJob, now: number): boolean {
    const { id, body, priority, attemptsMax, group, expiresAt } = job;
    const readyAt = Math.max(job.notBefore ?? now, now);
    const rank = readyAt - priority * this.#context.agingMs;
    const free = readyAt > now ? "delayed" : "ready";
    const state = this.#isTurnTaken(queue, group) ? "blocked" : free;
    const times = { readyAt, rank, now, expiresAt };
    const named = { queue, id, body, priority, attemptsMax, group, state, ...times };
    return this.#sql.add.run(named).changes === 1;
  }

  /** The job that holds the key of another one, which is told first when its id is known. */
  #keyHolder(queue: string, { id, dedupe }: DriverJob): string | undefined {
    if (dedupe === null || this.#find({ queue, id }) !== undefined) return undefined;
    return this.#sql.keyHolder.get({ queue, key: dedupe.key })?.["id"] as string | undefined;
  }

  #isTurnTaken(queue: string, group: string | null): boolean {
    return group !== null && this.#sql.turnTaken.get({ queue, group }) !== undefined;
  }

  /** Lets the next job of a group go, unless one has the turn still. */
  #passTurn(queue: string, group: string | null, now: number): void {
    if (group !== null) this.#sql.nextTurn.run({ queue, group, now });
  }

  #find({ queue, id }: JobName): SqliteJobRow | undefined {
    return this.#sql.find.get({ queue, id }) as unknown as SqliteJobRow | undefined;
  }
}

function infoOf(row: SqliteJobRow): JobInfo {
  return infoOfRow({ ...row, failures: JSON.parse(row.failures) as JobRow["failures"] });
}
