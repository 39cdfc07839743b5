import type { JobInfo, JobState, LeasedJob } from "@bedplate/queue";

/** A job as SQLite returns it. */
export interface JobRow {
  readonly queue: string;
  readonly id: string;
  readonly state: JobState;
  readonly body: Uint8Array;
  readonly priority: number;
  readonly attempts: number;
  readonly attempts_max: number;
  readonly enqueued_at: number;
  readonly ready_at: number;
  readonly token: string | null;
  readonly worker: string | null;
  readonly until: number | null;
  readonly last_reason: string | null;
  readonly settled_at: number | null;
}

/** What a caller may know. */
export function infoOf(row: JobRow): JobInfo {
  return {
    id: row.id,
    queue: row.queue,
    state: row.state,
    priority: row.priority,
    attempts: row.attempts,
    attemptsMax: row.attempts_max,
    enqueuedAt: row.enqueued_at,
    worker: row.worker,
    until: row.state === "leased" ? row.until : null,
    lastReason: row.last_reason,
    settledAt: row.settled_at,
  };
}

/** What the holder of a lease gets. */
export function leaseOf(row: JobRow): LeasedJob {
  return {
    queue: row.queue,
    id: row.id,
    token: row.token ?? "",
    body: row.body,
    priority: row.priority,
    attempt: row.attempts,
    attemptsMax: row.attempts_max,
    until: row.until ?? 0,
    enqueuedAt: row.enqueued_at,
    lastReason: row.last_reason,
  };
}
