import type { DatabaseSync, StatementSync } from "node:sqlite";

const columns = `queue, id, state, body, priority, attempts, attempts_max, enqueued_at, ready_at,
  token, worker, until, last_reason, settled_at, group_name, expires_at, leased_at, failures`;

const settle = "settled_at = :now, forget_at = :now +";
const waits = "state IN ('ready', 'delayed', 'blocked')";
const hasTurn = "state IN ('ready', 'delayed', 'leased')";

/** Puts the attempt that ends now behind the others; `to`, `end` and `reason` are SQL. */
function failed(to: string, end: string, reason: string): string {
  return `failures = CASE WHEN leased_at IS NULL THEN failures
    ELSE json_insert(failures, '$[#]', json_object('worker', worker, 'from', leased_at,
      'to', ${to}, 'end', '${end}', 'reason', ${reason})) END`;
}

const released = failed(":now", "released", ":reason");
const expired = `last_reason = 'lease expired', ${failed("until", "expired", "NULL")}`;

type JobStatement =
  | "add"
  | "take"
  | "held"
  | "extend"
  | "giveBack"
  | "bury"
  | "finish"
  | "find"
  | "dead"
  | "redrive"
  | "turnTaken"
  | "nextTurn"
  | "holdKey"
  | "keyHolder"
  | "closeKeys"
  | "expireWaiting"
  | "expireDead"
  | "expireReady"
  | "promote"
  | "forget"
  | "depth";

/** Each statement once. */
const texts: Readonly<Record<JobStatement, string>> = {
  add: `INSERT INTO job (queue, id, state, body, priority, rank, attempts_max, enqueued_at,
      ready_at, group_name, expires_at)
    VALUES (:queue, :id, :state, :body, :priority, :rank, :attemptsMax, :now, :readyAt, :group,
      :expiresAt)
    ON CONFLICT DO NOTHING`,
  take: `UPDATE job SET state = 'leased', token = :token, worker = :worker, until = :until,
      leased_at = :now, attempts = attempts + 1
    WHERE sequence = (SELECT sequence FROM job WHERE queue = :queue AND state = 'ready'
      ORDER BY rank, sequence LIMIT 1)
    RETURNING ${columns}`,
  held: `SELECT ${columns} FROM job
    WHERE queue = :queue AND id = :id AND state = 'leased' AND token = :token
      AND until > :now`,
  extend: "UPDATE job SET until = :until WHERE queue = :queue AND id = :id",
  giveBack: `UPDATE job SET state = :state, ready_at = :readyAt, last_reason = :reason, ${released}
    WHERE queue = :queue AND id = :id`,
  bury: `UPDATE job SET state = 'dead', last_reason = :reason, ${released}, ${settle} :keepMs
    WHERE queue = :queue AND id = :id`,
  finish: `UPDATE job SET state = :state, body = x'', ${settle} :keepMs
    WHERE queue = :queue AND id = :id`,
  find: `SELECT ${columns} FROM job WHERE queue = :queue AND id = :id`,
  dead: `SELECT ${columns} FROM job WHERE queue = :queue AND state = 'dead' AND id > :after
    ORDER BY id LIMIT :limit`,
  redrive: `UPDATE job SET state = :state, attempts = 0, failures = '[]',
      leased_at = NULL, ready_at = :now,
      expires_at = NULL, settled_at = NULL, forget_at = NULL
    WHERE queue = :queue AND id = :id AND state = 'dead'`,
  turnTaken: `SELECT 1 FROM job WHERE queue = :queue AND group_name = :group AND ${hasTurn}`,
  nextTurn: `UPDATE job SET ready_at = max(ready_at, :now),
      state = CASE WHEN ready_at > :now THEN 'delayed' ELSE 'ready' END
    WHERE sequence = (SELECT sequence FROM job
        WHERE queue = :queue AND group_name = :group AND state = 'blocked'
        ORDER BY sequence LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM job
        WHERE queue = :queue AND group_name = :group AND ${hasTurn})`,
  holdKey: "INSERT INTO dedupe (queue, key, id, until) VALUES (:queue, :key, :id, :until)",
  keyHolder: "SELECT id FROM dedupe WHERE queue = :queue AND key = :key",
  closeKeys: "DELETE FROM dedupe WHERE queue = :queue AND until <= :now",
  expireWaiting: `UPDATE job SET state = 'dead', last_reason = 'expired', ${settle} :keepMs
    WHERE queue = :queue AND ${waits} AND expires_at IS NOT NULL AND expires_at <= :now
    RETURNING group_name`,
  expireDead: `UPDATE job SET state = 'dead', ${expired}, ${settle} :keepMs
    WHERE queue = :queue AND state = 'leased' AND until <= :now
      AND (attempts >= attempts_max OR expires_at <= :now)
    RETURNING group_name`,
  expireReady: `UPDATE job SET state = 'ready', ready_at = until, ${expired}
    WHERE queue = :queue AND state = 'leased' AND until <= :now`,
  promote: `UPDATE job SET state = 'ready'
    WHERE queue = :queue AND state = 'delayed' AND ready_at <= :now`,
  forget: "DELETE FROM job WHERE queue = :queue AND forget_at IS NOT NULL AND forget_at <= :now",
  depth: `SELECT
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 'ready') AS ready,
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 'delayed')
      + (SELECT count(*) FROM job WHERE queue = :queue AND state = 'blocked') AS delayed,
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 'leased') AS leased,
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 'dead') AS dead,
    (SELECT min(ready_at) FROM job WHERE queue = :queue AND state = 'ready') AS oldest`,
};

/** What a lease and a settle run: none of them may read more rows than it returns or changes. */
export const hotStatements: readonly string[] = [
  texts.take,
  texts.held,
  texts.extend,
  texts.giveBack,
  texts.finish,
  texts.turnTaken,
  texts.nextTurn,
  texts.keyHolder,
  texts.closeKeys,
  texts.expireWaiting,
  texts.expireDead,
  texts.expireReady,
  texts.promote,
  texts.forget,
];

/** Prepared statements by name. */
export type JobStatements = Readonly<Record<JobStatement, StatementSync>>;

/** Prepares every statement. */
export function prepareJobStatements(database: DatabaseSync): JobStatements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared) as JobStatements;
}
