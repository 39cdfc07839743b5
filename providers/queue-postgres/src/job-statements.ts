import type { Statement } from "@bedplate/postgres";
import {
  arrival,
  clock,
  columns,
  endsLease,
  failed,
  given,
  isDue,
  isHeld,
  leavesTurn,
  remembered,
  waits,
} from "./fragments.ts";

const intoJob = `INSERT INTO job (queue, id, body, priority, ready_at, rank, enqueued_at, attempts_max,
    expires_at, group_name, turn_check, state)`;
/** Makes ids that are not remembered free again. */
const replaceForgotten = `ON CONFLICT (queue, id) DO UPDATE SET
    sequence = excluded.sequence, state = excluded.state, body = excluded.body,
    priority = excluded.priority, rank = excluded.rank, attempts = 0,
    attempts_max = excluded.attempts_max, enqueued_at = excluded.enqueued_at,
    ready_at = excluded.ready_at, expires_at = excluded.expires_at,
    group_name = excluded.group_name, turn_check = excluded.turn_check, token = NULL,
    worker = NULL, leased_at = NULL, until = NULL, failures = '[]', last_reason = NULL,
    settled_at = NULL, forget_at = NULL
  WHERE job.forget_at <= excluded.enqueued_at`;
const names = "RETURNING job.queue, job.id";
const newState = `CASE WHEN new.group_name IS NOT NULL THEN 'blocked'
    WHEN new.ready_at > new.now THEN 'delayed' ELSE 'ready' END`;

/** Adds one job: what most calls do, without the cost of unfolding arrays. */
export const addJob: Statement = {
  name: "queue-add-one",
  text: `${intoJob}
  VALUES ($2::text, $3::text, $4::bytea, $5::smallint, greatest($6::bigint, ${arrival}),
    greatest($6::bigint, ${arrival}) - $5::smallint * $10::bigint, ${arrival}, $8::integer,
    $7::bigint, $9::text, $9::text IS NOT NULL, CASE WHEN $9::text IS NOT NULL THEN 'blocked'
      WHEN $6::bigint > ${arrival} THEN 'delayed' ELSE 'ready' END)
  ${replaceForgotten}`,
};

/** Adds many jobs of many queues; bodies lie behind each other in one value. */
export const addJobs: Statement = {
  name: "queue-add",
  text: `WITH ${clock}, new AS (
    SELECT *, greatest(not_before, now) AS ready_at FROM clock, unnest($2::text[], $3::text[],
      $5::integer[], $6::integer[], $7::smallint[], $8::bigint[], $9::bigint[], $10::integer[],
      $11::text[]) WITH ORDINALITY AS given (queue, id, start, length, priority, not_before,
      expires_at, attempts_max, group_name, n)
  )
  ${intoJob}
  SELECT queue, id, substr($4::bytea, start, length), priority, ready_at,
    ready_at - priority * $12::bigint, now, attempts_max, expires_at, group_name,
    group_name IS NOT NULL, ${newState}
  FROM new ORDER BY n
  ${replaceForgotten}
  ${names}`,
};

/** Adds one job unless its id is known or its key is held. */
export const addKeyedJob: Statement = {
  name: "queue-add-keyed",
  text: `WITH ${clock}, known AS (
    SELECT FROM clock, job WHERE queue = $2 AND id = $3 AND ${remembered}
  ), held AS (
    INSERT INTO job_key AS held (queue, key, id, until)
    SELECT $2, $11, $3, now + $12::bigint FROM clock
    WHERE $11::text IS NOT NULL AND NOT EXISTS (SELECT FROM known)
    ON CONFLICT (queue, key) DO UPDATE SET id = excluded.id, until = excluded.until
      WHERE held.until <= (SELECT now FROM clock)
    RETURNING key
  ), new AS (
    SELECT $2::text AS queue, $3::text AS id, $4::bytea AS body, $5::smallint AS priority,
      greatest($6::bigint, now) AS ready_at, $7::bigint AS expires_at,
      $8::integer AS attempts_max, $9::text AS group_name, now
    FROM clock
    WHERE NOT EXISTS (SELECT FROM known) AND ($11::text IS NULL OR EXISTS (SELECT FROM held))
  )
  ${intoJob}
  SELECT queue, id, body, priority, ready_at, ready_at - priority * $10::bigint, now, attempts_max,
    expires_at, group_name, group_name IS NOT NULL, ${newState}
  FROM new
  ${replaceForgotten}
  ${names}`,
};

/** Who holds a key, if the job itself was not known before. */
export const findKeyHolder: Statement = {
  name: "queue-key-holder",
  text: `WITH ${clock}
  SELECT key.id FROM clock, job_key AS key
  WHERE key.queue = $2 AND key.key = $4 AND key.until > now
    AND NOT EXISTS (SELECT FROM job WHERE queue = $2 AND id = $3 AND ${remembered})`,
};

/**
 * Takes ready jobs, the first ones of the first queue first, unless something is due in one of the
 * queues: then it takes none and names them.
 */
export const leaseJobs: Statement = {
  name: "queue-lease",
  text: `WITH ${clock}, asked AS MATERIALIZED (
    SELECT queue FROM unnest($2::text[]) AS asked (queue)
  ), due AS MATERIALIZED (
    SELECT queue FROM clock, asked WHERE ${isDue("asked.queue")}
  ), picked AS MATERIALIZED (
    SELECT queue, id, row_number() OVER () AS n FROM (
      SELECT first.queue, first.id FROM asked, LATERAL (
        SELECT queue, id FROM job WHERE job.queue = asked.queue AND state = 'ready'
        ORDER BY rank, sequence LIMIT cardinality($3::text[]) FOR UPDATE SKIP LOCKED
      ) AS first
      WHERE NOT EXISTS (SELECT FROM due)
      LIMIT cardinality($3::text[])
    ) AS ready
  ), taken AS (
    UPDATE job SET state = 'leased', token = ($3::text[])[n], worker = ($4::text[])[n],
      leased_at = now, until = now + ($5::bigint[])[n], attempts = attempts + 1
    FROM clock, picked WHERE job.queue = picked.queue AND job.id = picked.id
    RETURNING picked.n, job.token, job.body, job.queue, job.id, job.priority, job.attempts,
      job.attempts_max, job.enqueued_at, job.expires_at, job.group_name, job.worker, job.leased_at,
      job.until, job.last_reason
  )
  SELECT (SELECT array_agg(queue) FROM due) AS due, taken.*
  FROM (SELECT) AS always LEFT JOIN taken ON true ORDER BY n`,
};

const settles = "settled_at = clock.now, forget_at = clock.now +";
const givenNames = "given.queue, given.id, given.token";

/** Sets the end of leases. */
export const extendLeases: Statement = {
  name: "queue-extend",
  text: `WITH ${clock}
  UPDATE job SET until = clock.now + $5::bigint FROM clock, ${given()} WHERE ${isHeld}
  RETURNING ${givenNames}, job.until`,
};

/** Ends leases well. */
export const acknowledgeJobs: Statement = {
  name: "queue-acknowledge",
  text: `WITH ${clock}
  UPDATE job SET state = 'done', body = '', ${endsLease}, ${leavesTurn}, ${settles} $5::bigint
  FROM clock, ${given()} WHERE ${isHeld}
  RETURNING ${givenNames}`,
};

const isOver = `(given.bury OR job.attempts >= job.attempts_max
      OR coalesce(job.expires_at <= clock.now, false))`;

/** Gives jobs back, or buries them. */
export const releaseJobs: Statement = {
  name: "queue-release",
  text: `WITH ${clock}
  UPDATE job SET last_reason = given.reason, ${endsLease},
    ${failed("released", { to: "clock.now", reason: "given.reason" })},
    state = CASE WHEN ${isOver} THEN 'dead' WHEN given.delay_ms > 0 THEN 'delayed' ELSE 'ready' END,
    ready_at = clock.now + given.delay_ms,
    turn_check = ${isOver} AND job.group_name IS NOT NULL,
    settled_at = CASE WHEN ${isOver} THEN clock.now END,
    forget_at = CASE WHEN ${isOver} THEN clock.now + $8::bigint END
  FROM clock, ${given([
    ["delay_ms", "$5::bigint[]"],
    ["reason", "$6::text[]"],
    ["bury", "$7::boolean[]"],
  ])}
  WHERE ${isHeld}
  RETURNING ${givenNames}, job.state`,
};

/** Takes a job out that waits, and says where it was. */
export const cancelJob: Statement = {
  name: "queue-cancel",
  text: `WITH ${clock}, cancelled AS (
    UPDATE job SET state = 'cancelled', body = '', ${leavesTurn}, ${settles} $4::bigint
    FROM clock WHERE job.queue = $2 AND job.id = $3 AND ${waits}
    RETURNING job.id
  )
  SELECT EXISTS (SELECT FROM cancelled) AS cancelled, (
    SELECT state FROM clock, job WHERE job.queue = $2 AND job.id = $3 AND ${remembered}
  ) AS state`,
};

/** Looks at one job. */
export const findJob: Statement = {
  name: "queue-find",
  text: `WITH ${clock}
  SELECT ${columns} FROM clock, job WHERE job.queue = $2 AND job.id = $3 AND ${remembered}`,
};

/** One page of dead jobs. */
export const listDead: Statement = {
  name: "queue-dead",
  text: `WITH ${clock}
  SELECT ${columns} FROM clock, job
  WHERE job.queue = $2 AND job.state = 'dead' AND job.id > $3 AND ${remembered}
  ORDER BY job.id LIMIT $4`,
};

/** Makes dead jobs wait again. */
export const redriveJobs: Statement = {
  name: "queue-redrive",
  text: `WITH ${clock}
  UPDATE job SET state = CASE WHEN group_name IS NULL THEN 'ready' ELSE 'blocked' END,
    ${leavesTurn}, attempts = 0, failures = '[]', leased_at = NULL, expires_at = NULL,
    ready_at = clock.now, settled_at = NULL, forget_at = NULL
  FROM clock, unnest($3::text[]) AS asked (id)
  WHERE job.queue = $2 AND job.id = asked.id AND job.state = 'dead' AND ${remembered}
  RETURNING job.id`,
};

/** Counts the jobs of a queue. */
export const countJobs: Statement = {
  name: "queue-count",
  text: `WITH ${clock}
  SELECT ${["ready", "delayed", "blocked", "leased"]
    .map((state) => `(${countOf(state)}) AS ${state}`)
    .join(", ")},
    (${countOf("dead")} AND ${remembered}) AS dead,
    coalesce(clock.now - (
      SELECT min(ready_at) FROM job WHERE job.queue = $2 AND state = 'ready'
    ), 0) AS oldest_ready_ms
  FROM clock`,
};

function countOf(state: string): string {
  return `SELECT count(*) FROM job WHERE job.queue = $2 AND state = '${state}'`;
}
