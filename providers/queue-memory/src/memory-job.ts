import type { DriverJob, JobInfo, JobState, LeasedJob } from "@bedplate/queue";

/** A job and where it is. */
export interface MemoryJob extends DriverJob {
  readonly queue: string;
  readonly enqueuedAt: number;
  /** The order of arrival. */
  readonly sequence: number;
  /** When it would have been ready with priority 0: earlier means sooner, so waiting outranks all. */
  readonly rank: number;
  state: JobState;
  readyAt: number;
  attempts: number;
  token: string;
  worker: string | null;
  until: number;
  lastReason: string | null;
  settledAt: number | null;
  /** Counts transitions, so that an older place in a heap is known to be stale. */
  turn: number;
}

/** What a caller may know. */
export function infoOf(job: MemoryJob): JobInfo {
  const { id, queue, state, priority, attempts, attemptsMax } = job;
  const { enqueuedAt, worker, lastReason, settledAt } = job;
  const until = state === "leased" ? job.until : null;
  const counts = { priority, attempts, attemptsMax };
  return { id, queue, state, ...counts, enqueuedAt, worker, until, lastReason, settledAt };
}

/** What the holder of a lease gets. */
export function leaseOf(job: MemoryJob): LeasedJob {
  const { id, queue, token, priority, attempts, attemptsMax, until, enqueuedAt, lastReason } = job;
  const body = Uint8Array.from(job.body);
  const ref = { id, queue, token, body };
  return { ...ref, priority, attempt: attempts, attemptsMax, until, enqueuedAt, lastReason };
}
