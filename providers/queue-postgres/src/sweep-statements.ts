import type { Statement } from "@bedplate/postgres";
import { clock, endsLease, failed, isDue, leavesTurn, waits } from "./fragments.ts";

/** Most rows that one statement of a sweep moves; the next sweep goes on. */
export const sweptMax = 5_000;

/** Says whether a queue has to be swept. */
export const findDue: Statement = {
  name: "queue-due",
  text: `WITH ${clock} SELECT FROM clock WHERE ${isDue("$2")}`,
};

/** One sweep of a queue at a time: groups are passed on by who sees all of them. */
export const lockQueue: Statement = {
  name: "queue-lock",
  text: "SELECT pg_advisory_xact_lock(hashtextextended('bedplate queue ' || $1, 0))",
};

/**
 * Rows that nobody else is changing now; whoever does leaves them as he wants them. They are locked as
 * they are, so what changes them asks for their names only, and finds them by their names.
 */
function due(condition: string): string {
  return `due AS MATERIALIZED (
    SELECT queue, id FROM clock, job WHERE job.queue = $2 AND ${condition}
    LIMIT ${sweptMax} FOR UPDATE OF job SKIP LOCKED
  )`;
}

const isDueRow = "job.queue = due.queue AND job.id = due.id";
const hasEnded = "job.state = 'leased' AND job.until <= clock.now";
const isOver = "(job.attempts >= job.attempts_max OR coalesce(job.expires_at <= clock.now, false))";

/** Ends leases: their jobs are ready again, or dead. `$3` is for how long dead ones are kept. */
export const endLeases: Statement = {
  name: "queue-end-leases",
  text: `WITH ${clock}, ${due(hasEnded)}
  UPDATE job SET last_reason = 'lease expired', ${endsLease},
    ${failed("expired", { to: "job.until", reason: "NULL::text" })},
    state = CASE WHEN ${isOver} THEN 'dead' ELSE 'ready' END, ready_at = job.until,
    turn_check = ${isOver} AND job.group_name IS NOT NULL,
    settled_at = CASE WHEN ${isOver} THEN clock.now END,
    forget_at = CASE WHEN ${isOver} THEN clock.now + $3::bigint END
  FROM clock, due WHERE ${isDueRow}`,
};

/** Ends delays. */
export const endDelays: Statement = {
  name: "queue-end-delays",
  text: `WITH ${clock}, ${due("job.state = 'delayed' AND job.ready_at <= clock.now")}
  UPDATE job SET state = 'ready' FROM due WHERE ${isDueRow}`,
};

/** Buries jobs that have waited for too long. `$3` is for how long dead ones are kept. */
export const expireJobs: Statement = {
  name: "queue-expire",
  text: `WITH ${clock},
    ${due(`${waits} AND job.expires_at IS NOT NULL AND job.expires_at <= clock.now`)}
  UPDATE job SET state = 'dead', last_reason = 'expired', ${leavesTurn},
    settled_at = clock.now, forget_at = clock.now + $3::bigint
  FROM clock, due WHERE ${isDueRow}`,
};

/**
 * Looks at the groups of jobs that are marked, takes the marks away and lets the next one of each group
 * go whose turn nobody has. A mark that is made meanwhile is not seen, and stays.
 */
export const passTurns: Statement = {
  name: "queue-pass-turns",
  text: `WITH ${clock}, marked AS MATERIALIZED (
    SELECT id, group_name FROM job WHERE job.queue = $2 AND turn_check
    LIMIT ${sweptMax} FOR UPDATE SKIP LOCKED
  ), free AS (
    SELECT DISTINCT group_name FROM marked WHERE NOT EXISTS (
      SELECT FROM job WHERE job.queue = $2 AND job.group_name = marked.group_name
        AND state IN ('ready', 'delayed', 'leased')
    )
  ), next AS MATERIALIZED (
    SELECT first.id FROM free, LATERAL (
      SELECT id FROM job
      WHERE job.queue = $2 AND job.group_name = free.group_name AND state = 'blocked'
      ORDER BY sequence LIMIT 1 FOR UPDATE
    ) AS first
  ), touched AS MATERIALIZED (
    SELECT id FROM marked UNION SELECT id FROM next
  )
  UPDATE job SET turn_check = false,
    ready_at = CASE WHEN next.id IS NULL THEN job.ready_at ELSE greatest(job.ready_at, now) END,
    state = CASE WHEN next.id IS NULL THEN job.state WHEN job.ready_at > now THEN 'delayed'
      ELSE 'ready' END
  FROM clock, touched LEFT JOIN next USING (id)
  WHERE job.queue = $2 AND job.id = touched.id`,
};

/** Removes what is forgotten, of all queues. */
export const forgetJobs: Statement = {
  name: "queue-forget",
  text: `WITH ${clock}, old AS MATERIALIZED (
    SELECT queue, id FROM clock, job
    WHERE job.forget_at IS NOT NULL AND job.forget_at <= clock.now AND NOT turn_check
    LIMIT ${sweptMax} FOR UPDATE OF job SKIP LOCKED
  )
  DELETE FROM job USING clock, old
  WHERE job.queue = old.queue AND job.id = old.id AND job.forget_at <= clock.now`,
};

/** Removes keys whose window is closed, of all queues. */
export const forgetKeys: Statement = {
  name: "queue-forget-keys",
  text: `WITH ${clock}, old AS MATERIALIZED (
    SELECT queue, key FROM clock, job_key WHERE job_key.until <= clock.now
    LIMIT ${sweptMax} FOR UPDATE OF job_key SKIP LOCKED
  )
  DELETE FROM job_key USING clock, old
  WHERE job_key.queue = old.queue AND job_key.key = old.key AND job_key.until <= clock.now`,
};
