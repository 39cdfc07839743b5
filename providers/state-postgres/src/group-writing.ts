import type { BoundStatement, SqlValue, Statement } from "@bedplate/postgres";
import type { Revision } from "@bedplate/state";
import { BytePool } from "./byte-pool.ts";
import { crcOf, textOf } from "./entry-row.ts";
import type { GroupEvaluation, WrittenChange, WrittenEntry } from "./group-evaluation.ts";

interface GroupPlace {
  readonly id: number;
  readonly oldest: Revision;
}

/** What a group's changes are as statements. */
export function writeStatements(
  group: GroupEvaluation,
  { id, oldest }: GroupPlace,
): readonly BoundStatement[] {
  const { changes, fences, remembered } = group;
  return [
    ...(changes.length === 0 ? [] : [writeChanges(group, { id, oldest })]),
    ...(fences.size === 0
      ? []
      : [{ ...setFences, values: [id, [...fences.keys()], [...fences.values()]] }]),
    ...(remembered.size === 0 ? [] : [rememberAnswers(id, group)]),
  ];
}

function writeChanges(group: GroupEvaluation, { id, oldest }: GroupPlace): BoundStatement {
  const { changes, head } = group;
  const bytes = new BytePool();
  const column = (of: (change: WrittenChange) => SqlValue) => changes.map(of);
  const old = (of: (entry: WrittenEntry) => SqlValue) =>
    column((change) => (change.old ? of(change.old) : null));
  const keys = changes.map(({ key }) => bytes.add(key));
  const values = changes.map(({ value }) => value && bytes.add(value));
  const columns = [
    column(({ revision }) => revision),
    column(({ position }) => position),
    column(({ cause }) => cause),
    column(({ expires }) => expires),
    column(({ key, value }) => value && crcOf(key, value)),
    column((change) => isLast(change, group)),
    keys.map(({ at }) => at),
    keys.map(({ length }) => length),
    values.map((place) => place?.at ?? null),
    values.map((place) => place?.length ?? null),
    column((change) => change.old === undefined),
    old(({ value }) => (value === undefined ? null : bytes.add(value).at)),
    old(({ value }) => value?.byteLength ?? null),
    old(({ revision }) => revision),
    old(({ position }) => position),
    old(({ expires }) => expires),
    column(({ key, old: before }) => (before?.value ? crcOf(key, before.value) : null)),
  ];
  return { ...applyChanges, values: [id, head, oldest, bytes.toBuffer(), ...columns] };
}

/** Whether no later change of the group is of the same key. */
function isLast(
  { key, value, revision, position }: WrittenChange,
  group: GroupEvaluation,
): boolean {
  const entry = group.entries.get(textOf(key));
  if (entry === undefined || entry === null) return value === null;
  return entry.revision === revision && entry.position === position;
}

function rememberAnswers(id: number, { remembered }: GroupEvaluation): BoundStatement {
  const answers = [...remembered.values()];
  return {
    ...insertRemembered,
    values: [
      id,
      [...remembered.keys()],
      answers.map(({ digest }) => digest),
      answers.map(({ revision }) => revision),
      answers.map(({ versions }) => JSON.stringify(versions)),
      answers.map(({ until }) => until),
    ],
  };
}

// Parts of one statement see what was before it: the log finds what the entries held.
const applyChanges: Statement = {
  name: "state-apply",
  text: `WITH c AS MATERIALIZED (
      SELECT *, substring($4::bytea FROM key_at FOR key_length) AS key,
        substring($4::bytea FROM value_at FOR value_length) AS value,
        substring($4::bytea FROM old_at FOR old_length) AS old_value
      FROM unnest($5::bigint[], $6::integer[], $7::text[], $8::bigint[], $9::bigint[],
          $10::boolean[], $11::integer[], $12::integer[], $13::integer[], $14::integer[],
          $15::boolean[], $16::integer[], $17::integer[], $18::bigint[], $19::integer[],
          $20::bigint[], $21::bigint[])
        AS c (revision, position, cause, expires, crc, is_last, key_at, key_length, value_at,
          value_length, is_stored, old_at, old_length, old_revision, old_position, old_expires,
          old_crc)),
    logged AS (
      INSERT INTO state_changes
      SELECT $1, c.revision, c.position, c.key, c.cause, c.value, c.expires, c.crc,
        CASE WHEN c.is_stored THEN e.value ELSE c.old_value END,
        CASE WHEN c.is_stored THEN e.revision ELSE c.old_revision END,
        CASE WHEN c.is_stored THEN e.position ELSE c.old_position END,
        CASE WHEN c.is_stored THEN e.expires ELSE c.old_expires END,
        CASE WHEN c.is_stored THEN e.crc ELSE c.old_crc END
      FROM c LEFT JOIN LATERAL (
        SELECT * FROM state_entries WHERE c.is_stored AND namespace = $1 AND key = c.key
        OFFSET 0) e ON true),
    put AS (
      INSERT INTO state_entries (namespace, key, value, revision, position, expires, crc)
      SELECT $1, key, value, revision, position, expires, crc FROM c
      WHERE is_last AND value IS NOT NULL
      ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value,
        revision = excluded.revision, position = excluded.position, expires = excluded.expires,
        crc = excluded.crc),
    ended AS (
      DELETE FROM state_entries
      WHERE namespace = $1 AND key = ANY (ARRAY(SELECT key FROM c WHERE is_last AND value IS NULL)))
    UPDATE state_namespaces SET head = $2, oldest = $3 WHERE id = $1`,
};

const setFences: Statement = {
  name: "state-set-fences",
  text: `INSERT INTO state_fences (namespace, name, epoch)
    SELECT $1, * FROM unnest($2::text[], $3::bigint[])
    ON CONFLICT (namespace, name) DO UPDATE SET epoch = excluded.epoch`,
};

const insertRemembered: Statement = {
  name: "state-remember",
  text: `INSERT INTO state_remembered (namespace, key, digest, revision, versions, until)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[])
    ON CONFLICT (namespace, key) DO UPDATE SET digest = excluded.digest,
      revision = excluded.revision, versions = excluded.versions, until = excluded.until`,
};
