import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Everything that a commit does to the file. */
export type CommitStatements = Readonly<Record<keyof typeof texts, StatementSync>>;

const texts = {
  namespace: "SELECT id, head, oldest FROM namespace WHERE name = ?",
  addNamespace:
    "INSERT INTO namespace (name, head, oldest) VALUES (?, 0, 0) RETURNING id, head, oldest",
  advance: "UPDATE namespace SET head = ?, oldest = ? WHERE id = ?",
  written: "SELECT revision, position FROM entry WHERE namespace = ? AND key = ?",
  put: `INSERT INTO entry (namespace, key, value, revision, position, expires, crc)
    VALUES ($namespace, $key, $value, $revision, $position, $expires, $crc)
    ON CONFLICT DO UPDATE SET value = excluded.value, revision = excluded.revision,
      position = excluded.position, expires = excluded.expires, crc = excluded.crc`,
  logPut: `INSERT INTO change
    SELECT $namespace, $revision, $position, $key, $value, $crc, $expires, 'put',
      old.value, old.revision, old.position, old.expires, old.crc
    FROM (SELECT 1) LEFT JOIN entry old ON old.namespace = $namespace AND old.key = $key`,
  logEnd: `INSERT INTO change
    SELECT namespace, $revision, $position, key, NULL, NULL, NULL, $cause,
      value, revision, position, expires, crc
    FROM entry WHERE namespace = $namespace AND key = $key`,
  delete: "DELETE FROM entry WHERE namespace = ? AND key = ?",
  due: "SELECT key FROM entry WHERE namespace = ? AND expires <= ? ORDER BY expires LIMIT ?",
  trim: "DELETE FROM change WHERE namespace = ? AND revision <= ?",
  fence: "SELECT epoch FROM fence WHERE namespace = ? AND name = ?",
  setFence: `INSERT INTO fence (namespace, name, epoch) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET epoch = excluded.epoch`,
  forget: "DELETE FROM remembered WHERE until <= ?",
  remembered: "SELECT digest, revision, versions FROM remembered WHERE namespace = ? AND key = ?",
  remember: `INSERT INTO remembered (namespace, key, digest, revision, versions, until)
    VALUES (?, ?, ?, ?, ?, ?)`,
} as const;

/** Prepares them once per connection. */
export function prepareCommit(database: DatabaseSync): CommitStatements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared) as CommitStatements;
}
