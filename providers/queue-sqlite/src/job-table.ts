import type { DatabaseSync } from "node:sqlite";
import type {
  CancelAnswer,
  DriverDeadRange,
  DriverJob,
  DriverLeaseRequest,
  DriverRelease,
  EnqueuedJob,
  JobInfo,
  LeasedJob,
  LeaseRef,
  QueueDepth,
  QueueLimits,
} from "@bedplate/queue";
import { infoOf, type JobRow, leaseOf } from "./job-row.ts";
import { type JobStatements, prepareJobStatements } from "./job-statements.ts";

/** What the table needs from its queue. */
export interface JobTableContext {
  readonly limits: QueueLimits;
  readonly newToken: () => string;
  readonly nowMs: () => number;
}

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
      const { id, body, priority, attemptsMax } = job;
      const readyAt = Math.max(job.notBefore ?? now, now);
      const rank = readyAt - priority * this.#context.limits.agingMs;
      const state = readyAt > now ? "delayed" : "ready";
      const named = { queue, id, body, priority, attemptsMax, readyAt, rank, state, now };
      return { id, duplicate: this.#sql.add.run(named).changes === 0 };
    });
  }

  lease({ queues, max, durationMs, worker }: DriverLeaseRequest): readonly LeasedJob[] {
    const start = this.#turn++ % queues.length;
    const leases: LeasedJob[] = [];
    for (const queue of [...queues.slice(start), ...queues.slice(0, start)]) {
      const until = this.#catchUp(queue) + durationMs;
      while (leases.length < max) {
        const token = this.#context.newToken();
        const row = this.#sql.take.get({ queue, worker, until, token });
        if (row === undefined) break;
        leases.push(leaseOf(row as unknown as JobRow));
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
      if (held !== null) this.#finish(ref, "done", held.now);
      return held !== null;
    });
  }

  release(releases: readonly DriverRelease[]): readonly ("ready" | "delayed" | "dead" | null)[] {
    return releases.map((each) => {
      const held = this.#held(each);
      if (held === null) return null;
      const { queue, id, reason, bury, delayMs } = each;
      const { now, row } = held;
      if (bury || row.attempts >= row.attempts_max) {
        const keepMs = this.#context.limits.deadRetainMs;
        this.#sql.settle.run({ queue, id, reason, state: "dead", now, keepMs });
        return "dead";
      }
      const state = delayMs > 0 ? "delayed" : "ready";
      this.#sql.giveBack.run({ queue, id, reason, state, readyAt: now + delayMs });
      return state;
    });
  }

  cancel(queue: string, id: string): CancelAnswer {
    const now = this.#catchUp(queue);
    const row = this.#find({ queue, id });
    if (row === undefined) return "unknown";
    if (row.state === "leased") return "leased";
    if (row.state !== "ready" && row.state !== "delayed") return "finished";
    this.#finish({ queue, id }, "cancelled", now);
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
    return rows.map((row) => infoOf(row as unknown as JobRow));
  }

  redrive(queue: string, ids: readonly string[]): number {
    const now = this.#catchUp(queue);
    return ids.filter((id) => this.#sql.redrive.run({ queue, id, now }).changes === 1).length;
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
    this.#sql.expireDead.run({ queue, now, keepMs });
    this.#sql.expireReady.run({ queue, now });
    this.#sql.promote.run({ queue, now });
    this.#sql.forget.run({ queue, now });
    return now;
  }

  #held({ queue, id, token }: LeaseRef): { readonly row: JobRow; readonly now: number } | null {
    const now = this.#context.nowMs();
    const row = this.#sql.held.get({ queue, id, token, now });
    return row === undefined ? null : { row: row as unknown as JobRow, now };
  }

  #finish({ queue, id }: JobName, state: "done" | "cancelled", now: number): void {
    const keepMs = this.#context.limits.retainMs;
    this.#sql.finish.run({ queue, id, state, now, keepMs });
  }

  #find({ queue, id }: JobName): JobRow | undefined {
    return this.#sql.find.get({ queue, id }) as unknown as JobRow | undefined;
  }
}
