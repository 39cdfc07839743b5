import type { BoundStatement } from "@bedplate/postgres";
import type { DriverCommit, DriverCommitAnswer, Revision, StateCheck } from "@bedplate/state";
import { BytePool } from "./byte-pool.ts";
import { nowOr } from "./engine-clock.ts";
import { crcOf, placeOf, textOf, versionOf } from "./entry-row.ts";

/** What the engine says of a group that it applied; no row when it did not. */
export interface DirectRow {
  /** The head and the beginning of the history before the group. */
  readonly before: Revision;
  readonly oldest_before: Revision;
  readonly oldest: Revision;
}

/**
 * Whether the engine can judge and apply these commits by one statement: each of them changes
 * something for certain, and none looks at what another one of them touches.
 */
export function isDirect(commits: readonly DriverCommit[]): boolean {
  const written = new Set<string>();
  const read = new Set<string>();
  for (const commit of commits) {
    if (commit.fence !== undefined || commit.idempotency !== undefined) return false;
    if (!commit.ops.some((op) => "put" in op)) return false;
    const checked = new Set(commit.checks.map(({ key }) => textOf(key)));
    for (const text of checked) if (written.has(text)) return false;
    for (const op of commit.ops) {
      const text = textOf("put" in op ? op.put : op.delete);
      if (written.has(text) || read.has(text)) return false;
      written.add(text);
    }
    for (const text of checked) read.add(text);
    if (!commit.checks.every(isReadable)) return false;
  }
  return true;
}

/** The statement that applies all of the commits, or nothing. */
export function directStatement(
  commits: readonly DriverCommit[],
  place: { readonly id: number; readonly nowMs: number | null; readonly historyMax: number },
): BoundStatement {
  const bytes = new BytePool();
  const changes = commits.flatMap(({ ops }, index) =>
    ops.map((op, position) => changeOf(op, { bytes, nth: index + 1, position })),
  );
  const checks = commits.flatMap((commit) => commit.checks.map((each) => checkOf(each, bytes)));
  const columns = [
    changes.map(({ nth }) => nth),
    changes.map(({ position }) => position),
    changes.map(({ ttlMs }) => ttlMs ?? null),
    changes.map(({ crc }) => crc),
    changes.map(({ key }) => key.at),
    changes.map(({ key }) => key.length),
    changes.map(({ value }) => value?.at ?? null),
    changes.map(({ value }) => value?.length ?? null),
    checks.map(({ key }) => key.at),
    checks.map(({ key }) => key.length),
    checks.map(({ revision }) => revision),
    checks.map(({ position }) => position),
  ];
  const { id, nowMs, historyMax } = place;
  return {
    ...applyDirectly,
    values: [id, nowMs, bytes.toBuffer(), commits.length, historyMax, ...columns],
  };
}

/** What the callers of applied commits are told. */
export function directAnswers(
  commits: readonly DriverCommit[],
  before: Revision,
): readonly DriverCommitAnswer[] {
  return commits.map(({ ops }, index) => {
    const revision = before + index + 1;
    const versions = ops.map((op, position) =>
      "put" in op ? versionOf(revision, position) : null,
    );
    return { kind: "committed", revision, versions, replayed: false };
  });
}

/** A version of another form is nobody's here; the longer way says so. */
function isReadable({ is }: StateCheck<Uint8Array>): boolean {
  return typeof is === "string" || placeOf(is.version) !== undefined;
}

function changeOf(
  op: DriverCommit["ops"][number],
  {
    bytes,
    ...place
  }: { readonly bytes: BytePool; readonly nth: number; readonly position: number },
) {
  if (!("put" in op)) {
    return { ...place, key: bytes.add(op.delete), value: undefined, crc: null, ttlMs: undefined };
  }
  const { put, value, ttlMs } = op;
  return { ...place, key: bytes.add(put), value: bytes.add(value), crc: crcOf(put, value), ttlMs };
}

/** The revision of a check is null for an absent key, and -1 for one that is there in any version. */
function checkOf({ key, is }: StateCheck<Uint8Array>, bytes: BytePool) {
  const known = { key: bytes.add(key), position: null };
  if (is === "absent") return { ...known, revision: null };
  if (is === "present") return { ...known, revision: -1 };
  const { revision = null, position = null } = placeOf(is.version) ?? {};
  return { ...known, revision, position };
}

const keyBytes = "substring($3::bytea FROM key_at FOR key_length)";

// `OFFSET 0` makes each key a lookup in the index, whatever the planner thinks of the table's size.
// The lock may be waited for, and what else the statement sees is from before: where the head is
// another one now, it does nothing.
const applyDirectly = {
  name: "state-apply-directly",
  text: `WITH clock AS MATERIALIZED (SELECT ${nowOr("$2")} AS now),
    seen AS (SELECT head FROM state_namespaces WHERE id = $1),
    locked AS MATERIALIZED (
      SELECT head, oldest FROM state_namespaces WHERE id = $1 FOR NO KEY UPDATE),
    held AS MATERIALIZED (
      SELECT locked.head, locked.oldest, clock.now FROM clock, seen, locked
      WHERE seen.head = locked.head
        AND NOT EXISTS (
          SELECT FROM state_entries WHERE namespace = $1 AND expires <= clock.now)
        AND NOT EXISTS (
          SELECT FROM unnest($14::integer[], $15::integer[], $16::bigint[], $17::integer[])
            AS k (key_at, key_length, revision, position)
          LEFT JOIN LATERAL (
            SELECT revision, position FROM state_entries
            WHERE namespace = $1 AND key = ${keyBytes} OFFSET 0) e ON true
          WHERE CASE WHEN k.revision IS NULL THEN e.revision IS NOT NULL
            WHEN k.revision < 0 THEN e.revision IS NULL
            ELSE e.revision IS DISTINCT FROM k.revision
              OR e.position IS DISTINCT FROM k.position END)),
    c AS MATERIALIZED (
      SELECT held.head + nth AS revision, c.position, ${keyBytes} AS key,
        substring($3::bytea FROM value_at FOR value_length) AS value,
        held.now + ttl AS expires, c.crc, e.value AS old_value, e.revision AS old_revision,
        e.position AS old_position, e.expires AS old_expires, e.crc AS old_crc
      FROM held, unnest($6::integer[], $7::integer[], $8::bigint[], $9::bigint[],
          $10::integer[], $11::integer[], $12::integer[], $13::integer[])
        AS c (nth, position, ttl, crc, key_at, key_length, value_at, value_length)
      LEFT JOIN LATERAL (
        SELECT * FROM state_entries WHERE namespace = $1 AND key = ${keyBytes} OFFSET 0) e ON true
      WHERE value_at IS NOT NULL OR e.key IS NOT NULL),
    logged AS (
      INSERT INTO state_changes
      SELECT $1, revision, position, key, CASE WHEN value IS NULL THEN 'delete' ELSE 'put' END,
        value, expires, crc, old_value, old_revision, old_position, old_expires, old_crc
      FROM c),
    put AS (
      INSERT INTO state_entries (namespace, key, value, revision, position, expires, crc)
      SELECT $1, key, value, revision, position, expires, crc FROM c WHERE value IS NOT NULL
      ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value,
        revision = excluded.revision, position = excluded.position, expires = excluded.expires,
        crc = excluded.crc),
    ended AS (
      DELETE FROM state_entries
      WHERE namespace = $1 AND key = ANY (ARRAY(SELECT key FROM c WHERE value IS NULL)))
    UPDATE state_namespaces n SET head = held.head + $4::integer,
      oldest = CASE WHEN (held.head + $4::integer - held.oldest) * 4 >= $5::bigint * 5
        THEN held.head + $4::integer - $5::bigint ELSE held.oldest END
    FROM held WHERE n.id = $1
    RETURNING held.head AS before, held.oldest AS oldest_before, n.oldest`,
};
