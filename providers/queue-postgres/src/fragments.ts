/** When the statement arrived, or the time that `$1` gives; the same wherever the statement says it. */
export const arrival: string =
  "coalesce($1::bigint, floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint)";

/** The one time of a statement, the engine's clock or what `$1` gives; nearly every one begins with it. */
export const clock = `clock AS MATERIALIZED (
    SELECT coalesce($1::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS now
  )`;

/** Nobody holds it, and it is not over. */
export const waits = "state IN ('ready', 'delayed', 'blocked')";

/** It is there, and it is not forgotten. */
export const remembered = "(job.forget_at IS NULL OR job.forget_at > clock.now)";

/** What a caller may know of a job. */
export const columns = `job.queue, job.id, job.state, job.priority, job.attempts, job.attempts_max,
  job.enqueued_at, job.expires_at, job.group_name, job.worker, job.leased_at, job.until, job.failures,
  job.last_reason, job.settled_at`;

/** Puts the attempt that ends behind the others; the values are SQL. */
export function failed(end: string, { to, reason }: { to: string; reason: string }): string {
  return `failures = job.failures || jsonb_build_object('worker', job.worker,
    'from', job.leased_at, 'to', ${to}, 'end', '${end}', 'reason', ${reason})`;
}

/** Makes settles of the lease fail from now on. */
export const endsLease = "token = NULL";

/** Takes the turn from a job that has a group. */
export const leavesTurn = "turn_check = job.group_name IS NOT NULL";

/** Leases that a call names: `$2` queues, `$3` ids, `$4` tokens; further columns behind them. */
export function given(more: readonly (readonly [name: string, array: string])[] = []): string {
  const arrays = ["$2::text[]", "$3::text[]", "$4::text[]", ...more.map(([, array]) => array)];
  const names = ["queue", "id", "token", ...more.map(([name]) => name)];
  return `unnest(${arrays.join(", ")}) AS given (${names.join(", ")})`;
}

/**
 * The job is still held under the given lease: only a leased job has a token. A condition on the state
 * would invite a plan that looks through the index of all leased jobs.
 */
export const isHeld = `job.queue = given.queue AND job.id = given.id AND job.token = given.token
    AND job.until > clock.now`;

/** Something has happened by now that no statement has written down yet. */
export function isDue(queue: string): string {
  const exists = (condition: string) =>
    `EXISTS (SELECT FROM job WHERE job.queue = ${queue} AND ${condition})`;
  return [
    exists("state = 'leased' AND until <= clock.now"),
    exists("state = 'delayed' AND ready_at <= clock.now"),
    exists("turn_check"),
    exists(`${waits} AND expires_at IS NOT NULL AND expires_at <= clock.now`),
  ].join("\n    OR ");
}
