import type { DatabaseSync, StatementSync } from "node:sqlite";

const columns = `queue, id, state, body, priority, attempts, attempts_max, enqueued_at, ready_at,
  token, worker, until, last_reason, settled_at`;

const settle = "settled_at = :now, forget_at = :now +";

type JobStatement =
  | "add"
  | "take"
  | "held"
  | "extend"
  | "giveBack"
  | "settle"
  | "finish"
  | "find"
  | "dead"
  | "redrive"
  | "expireDead"
  | "expireReady"
  | "promote"
  | "forget"
  | "depth";

/** Each statement once. */
const texts: Readonly<Record<JobStatement, string>> = {
  add: `INSERT INTO job (queue, id, state, body, priority, rank, attempts_max, enqueued_at, ready_at)
    VALUES (:queue, :id, :state, :body, :priority, :rank, :attemptsMax, :now, :readyAt)
    ON CONFLICT DO NOTHING`,
  take: `UPDATE job SET state = 'leased', token = :token, worker = :worker, until = :until,
      attempts = attempts + 1
    WHERE sequence = (SELECT sequence FROM job WHERE queue = :queue AND state = 'ready'
      ORDER BY rank, sequence LIMIT 1)
    RETURNING ${columns}`,
  held: `SELECT ${columns} FROM job
    WHERE queue = :queue AND id = :id AND state = 'leased' AND token = :token
      AND until > :now`,
  extend: "UPDATE job SET until = :until WHERE queue = :queue AND id = :id",
  giveBack: `UPDATE job SET state = :state, ready_at = :readyAt, last_reason = :reason
    WHERE queue = :queue AND id = :id`,
  settle: `UPDATE job SET state = :state, last_reason = :reason, ${settle} :keepMs
    WHERE queue = :queue AND id = :id`,
  finish: `UPDATE job SET state = :state, body = x'', ${settle} :keepMs
    WHERE queue = :queue AND id = :id`,
  find: `SELECT ${columns} FROM job WHERE queue = :queue AND id = :id`,
  dead: `SELECT ${columns} FROM job WHERE queue = :queue AND state = 'dead' AND id > :after
    ORDER BY id LIMIT :limit`,
  redrive: `UPDATE job SET state = 'ready', attempts = 0, ready_at = :now, settled_at = NULL,
      forget_at = NULL
    WHERE queue = :queue AND id = :id AND state = 'dead'`,
  expireDead: `UPDATE job SET state = 'dead', last_reason = 'lease expired', ${settle} :keepMs
    WHERE queue = :queue AND state = 'leased' AND until <= :now AND attempts >= attempts_max`,
  expireReady: `UPDATE job SET state = 'ready', last_reason = 'lease expired', ready_at = until
    WHERE queue = :queue AND state = 'leased' AND until <= :now`,
  promote: `UPDATE job SET state = 'ready'
    WHERE queue = :queue AND state = 'delayed' AND ready_at <= :now`,
  forget: "DELETE FROM job WHERE queue = :queue AND forget_at IS NOT NULL AND forget_at <= :now",
  depth: `SELECT
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 'ready') AS ready,
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 'delayed') AS delayed,
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
