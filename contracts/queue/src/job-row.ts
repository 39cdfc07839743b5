import type { Attempt, JobInfo, JobState, LeasedJob } from "./queue-driver.ts";

/** A job as a table has it, but for its body: what drivers on SQL read. */
export interface JobRow {
  readonly queue: string;
  readonly id: string;
  /** `blocked` waits for its turn in its group. */
  readonly state: JobState | "blocked";
  readonly priority: number;
  readonly attempts: number;
  readonly attempts_max: number;
  readonly enqueued_at: number;
  readonly expires_at: number | null;
  readonly group_name: string | null;
  readonly worker: string | null;
  readonly leased_at: number | null;
  readonly until: number | null;
  /** Attempts that did not end well. */
  readonly failures: readonly Attempt[];
  readonly last_reason: string | null;
  readonly settled_at: number | null;
}

/** A job that was just leased. */
export interface LeasedJobRow extends Omit<JobRow, "state" | "failures" | "settled_at"> {
  readonly token: string;
  readonly body: Uint8Array;
}

/** What a caller may know. */
export function infoOfRow(row: JobRow): JobInfo {
  return {
    id: row.id,
    queue: row.queue,
    state: row.state === "blocked" ? "delayed" : row.state,
    priority: row.priority,
    attempts: row.attempts,
    attemptsMax: row.attempts_max,
    history: historyOf(row),
    enqueuedAt: row.enqueued_at,
    expiresAt: row.expires_at,
    group: row.group_name,
    worker: row.worker,
    until: row.state === "leased" ? row.until : null,
    lastReason: row.last_reason,
    settledAt: row.settled_at,
  };
}

/** What the holder of a lease gets. */
export function leaseOfRow(row: LeasedJobRow): LeasedJob {
  return {
    queue: row.queue,
    id: row.id,
    token: row.token,
    body: row.body,
    priority: row.priority,
    attempt: row.attempts,
    attemptsMax: row.attempts_max,
    until: row.until ?? 0,
    enqueuedAt: row.enqueued_at,
    group: row.group_name,
    lastReason: row.last_reason,
  };
}

function historyOf(row: JobRow): readonly Attempt[] {
  const { failures, state, worker, leased_at: from, settled_at: to } = row;
  if (from === null || (state !== "leased" && state !== "done")) return failures;
  const end = state === "leased" ? ("open" as const) : ("acknowledged" as const);
  return [...failures, { worker: worker ?? "", from, to, end, reason: null }];
}
