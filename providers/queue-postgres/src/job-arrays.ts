import type { SqlValue } from "@bedplate/postgres";
import type { DriverJob, LeaseRef } from "@bedplate/queue";

/** A job and the queue that it goes to. */
export interface QueuedJob {
  readonly queue: string;
  readonly job: DriverJob;
}

/** The values of `addJobs` behind the time: one array per column, and all bodies in one value. */
export function jobArrays(all: readonly QueuedJob[]): readonly SqlValue[] {
  const of = <T>(read: (job: DriverJob) => T) => all.map(({ job }) => read(job));
  const lengths = of(({ body }) => body.byteLength);
  let end = 1;
  const starts = lengths.map((length) => {
    end += length;
    return end - length;
  });
  return [
    all.map(({ queue }) => queue),
    of(({ id }) => id),
    Buffer.concat(of(({ body }) => body)),
    starts,
    lengths,
    of(({ priority }) => priority),
    of(({ notBefore }) => notBefore),
    of(({ expiresAt }) => expiresAt),
    of(({ attemptsMax }) => attemptsMax),
    of(({ group }) => group),
  ];
}

/** The columns of leases that a call names. */
export function refArrays(refs: readonly LeaseRef[]): readonly SqlValue[] {
  return [refs.map(({ queue }) => queue), refs.map(({ id }) => id), refs.map(({ token }) => token)];
}

/** The same text for the same lease. */
export function refKey({ queue, id, token }: LeaseRef): string {
  return `${queue} ${id} ${token}`;
}
