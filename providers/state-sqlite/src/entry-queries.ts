import type { DriverRange } from "@bedplate/state";

const columns = "key, value, revision, position, expires, crc";
const oldColumns = `key, old_value AS value, old_revision AS revision, old_position AS position,
  old_expires AS expires, old_crc AS crc`;
const isThere = "(expires IS NULL OR expires > $nowMs)";

/** One entry as it is. */
export const entryQuery: string = `SELECT ${columns} FROM entry
  WHERE namespace = $namespace AND key = $key AND ${isThere}`;

/** The first change of each key after a revision; the key held until then what that change replaced. */
export const replacementsQuery: string = `SELECT key, min(revision) AS revision, position FROM change
  WHERE namespace = ? AND revision > ? GROUP BY key`;

/** What a change replaced, when that has not expired. */
export const replacedQuery: string = `SELECT * FROM (SELECT ${oldColumns} FROM change
  WHERE namespace = $namespace AND revision = $revision AND position = $position
    AND old_value IS NOT NULL) WHERE ${isThere}`;

type Shape = Pick<DriverRange, "end" | "reverse" | "at">;

/** A page of entries as they are, or as they were. */
export function listQuery({ end, reverse, at }: Shape): string {
  const inRange = `namespace = $namespace AND key >= $start ${end === null ? "" : "AND key < $end"}`;
  const page = `ORDER BY key ${reverse ? "DESC" : "ASC"} LIMIT $limit`;
  const now = (condition: string) =>
    `SELECT ${columns} FROM entry WHERE ${inRange} AND ${isThere} ${condition} ${page}`;
  if (at === undefined) return now("");
  // `min()` makes SQLite take the other columns from the row that has the minimum.
  const replaced = `SELECT ${oldColumns}, min(revision) AS changed FROM change
    WHERE ${inRange} AND revision > $at GROUP BY key`;
  return `SELECT ${columns} FROM (
    SELECT * FROM (${now("AND revision <= $at")})
    UNION ALL
    SELECT ${columns} FROM (${replaced}) WHERE value IS NOT NULL AND ${isThere}
  ) ${page}`;
}
