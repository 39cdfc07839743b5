import type { Statement } from "@bedplate/postgres";
import type { DriverRange } from "@bedplate/state";
import { nowOr } from "./engine-clock.ts";

const now = nowOr("$1");
const isThere = `(expires IS NULL OR expires > ${now})`;
const columns = "key, value, revision, position, expires, crc";
const oldColumns = `key, old_value AS value, old_revision AS revision, old_position AS position,
  old_expires AS expires, old_crc AS crc`;

/** Rows of one statement are of one instant; a namespace without entries is one row without a key. */
function within(entries: string): string {
  return `SELECT n.head, n.oldest, e.* FROM state_namespaces n
    LEFT JOIN LATERAL (${entries}) e ON true WHERE n.name = $2`;
}

/** Values: time or null, namespace, keys. */
export const getNow: Statement = {
  name: "state-get",
  text: within(`SELECT ${columns} FROM state_entries
    WHERE namespace = n.id AND key = ANY ($3::bytea[]) AND ${isThere}`),
};

/** Values: time or null, namespace, keys, revision. */
export const getAt: Statement = {
  name: "state-get-at",
  text: within(`
    SELECT ${columns} FROM state_entries
    WHERE namespace = n.id AND key = ANY ($3::bytea[]) AND revision <= $4 AND ${isThere}
    UNION ALL
    SELECT * FROM (
      SELECT DISTINCT ON (key) ${oldColumns} FROM state_changes c
      WHERE namespace = n.id AND c.revision > $4 AND key = ANY ($3::bytea[])
      ORDER BY key, c.revision
    ) replaced WHERE value IS NOT NULL AND ${isThere}`),
};

/** Values: time or null, namespace, limit, start, then the end and the revision where there is one. */
export function listStatement({
  end,
  reverse,
  at,
}: Pick<DriverRange, "end" | "reverse" | "at">): Statement {
  const order = reverse ? "DESC" : "ASC";
  const inRange = `namespace = n.id AND key >= $4 ${end === null ? "" : "AND key < $5"}`;
  const page = `ORDER BY key ${order} LIMIT $3`;
  const revision = end === null ? "$5" : "$6";
  const entries = (condition: string) =>
    `SELECT ${columns} FROM state_entries WHERE ${inRange} AND ${isThere} ${condition} ${page}`;
  const shape = [at === undefined ? "now" : "at", end === null ? "open" : "closed", order];
  const name = `state-list-${shape.join("-").toLowerCase()}`;
  const ordered = (text: string) => `${within(text)} ORDER BY e.key ${order}`;
  if (at === undefined) return { name, text: ordered(entries("")) };
  const replaced = `SELECT DISTINCT ON (key) ${oldColumns} FROM state_changes c
    WHERE ${inRange} AND c.revision > ${revision} ORDER BY key, c.revision`;
  const both = `(${entries(`AND revision <= ${revision}`)})
    UNION ALL
    SELECT * FROM (${replaced}) replaced WHERE value IS NOT NULL AND ${isThere}`;
  return { name, text: ordered(`SELECT ${columns} FROM (${both}) both_times ${page}`) };
}

/** Values: namespace. */
export const readHead: Statement = {
  name: "state-head",
  text: "SELECT head FROM state_namespaces WHERE name = $1",
};

/** Values: namespaces. */
export const readHeads: Statement = {
  name: "state-heads",
  text: "SELECT name, head FROM state_namespaces WHERE name = ANY ($1::text[])",
};

/** Values: time or null, namespace, after, limit. `is_due` says that something has expired. */
export const readHistory: Statement = {
  name: "state-history",
  text: `SELECT n.head, n.oldest, c.*, EXISTS (
      SELECT 1 FROM state_entries WHERE namespace = n.id AND expires <= ${now}) AS is_due
    FROM state_namespaces n LEFT JOIN LATERAL (
      SELECT revision, position, key, cause, value, expires, crc FROM state_changes
      WHERE namespace = n.id AND revision > $3 AND revision <= $3::bigint + $4 AND $3 >= n.oldest
      ORDER BY revision, position) c ON true
    WHERE n.name = $2 ORDER BY c.revision, c.position`,
};
