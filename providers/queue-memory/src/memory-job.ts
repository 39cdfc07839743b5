import type { Attempt, DriverJob, JobInfo, JobState, LeasedJob } from "@bedplate/queue";

/** A job and where it is. */
export interface MemoryJob extends Omit<DriverJob, "expiresAt" | "dedupe"> {
  readonly queue: string;
  readonly enqueuedAt: number;
  /** The order of arrival. */
  readonly sequence: number;
  /** When it would have been ready with priority 0: earlier means sooner, so waiting outranks all. */
  readonly rank: number;
  /** `blocked` waits for its turn in its group. */
  state: JobState | "blocked";
  readyAt: number;
  expiresAt: number | null;
  attempts: number;
  token: string;
  worker: string | null;
  leasedAt: number;
  until: number;
  /** Attempts that did not end well; the last one is in the fields above while it is open or done. */
  failures: readonly Attempt[];
  lastReason: string | null;
  settledAt: number | null;
  /** Counts transitions, so that an older place in a heap is known to be stale. */
  turn: number;
}

/** What a job is when it arrives. */
export function newMemoryJob(
  job: DriverJob,
  at: { readonly queue: string; readonly nowMs: number; sequence: number; agingMs: number },
): MemoryJob {
  const { dedupe: _, ...rest } = job;
  const { queue, nowMs, sequence, agingMs } = at;
  const readyAt = Math.max(job.notBefore ?? nowMs, nowMs);
  return {
    ...rest,
    queue,
    enqueuedAt: nowMs,
    sequence,
    rank: readyAt - job.priority * agingMs,
    state: "blocked",
    readyAt,
    attempts: 0,
    token: "",
    worker: null,
    leasedAt: 0,
    until: 0,
    failures: [],
    lastReason: null,
    settledAt: null,
    turn: 0,
  };
}

/** What a caller may know. */
export function infoOf(job: MemoryJob): JobInfo {
  const { id, queue, priority, attempts, attemptsMax, group } = job;
  const { enqueuedAt, expiresAt, worker, lastReason, settledAt } = job;
  const state = job.state === "blocked" ? "delayed" : job.state;
  const until = state === "leased" ? job.until : null;
  const counts = { priority, attempts, attemptsMax, history: historyOf(job) };
  const times = { enqueuedAt, expiresAt, until, settledAt };
  return { id, queue, state, group, ...counts, ...times, worker, lastReason };
}

/** What the holder of a lease gets. */
export function leaseOf(job: MemoryJob): LeasedJob {
  const { id, queue, token, priority, attempts, attemptsMax, group } = job;
  const { until, enqueuedAt, lastReason } = job;
  const body = Uint8Array.from(job.body);
  const counts = { priority, attempt: attempts, attemptsMax };
  return { id, queue, token, body, ...counts, until, enqueuedAt, group, lastReason };
}

function historyOf(job: MemoryJob): readonly Attempt[] {
  const { state, failures, leasedAt: from, worker, settledAt: to } = job;
  if (state !== "leased" && state !== "done") return failures;
  const end = state === "leased" ? ("open" as const) : ("acknowledged" as const);
  return [...failures, { worker: worker ?? "", from, to, end, reason: null }];
}
