import type { BoundStatement, SqlValue } from "@bedplate/postgres";
import type { Revision } from "@bedplate/state";
import { crcOf } from "./entry-row.ts";
import type { GroupEvaluation, WrittenChange, WrittenEntry } from "./group-evaluation.ts";

interface GroupPlace {
  readonly id: number;
  readonly oldest: Revision;
}

/** What a group's changes are as statements, in the order in which they have to be done. */
export function writeStatements(
  group: GroupEvaluation,
  { id, oldest }: GroupPlace,
): readonly BoundStatement[] {
  const { changes, entries, fences, remembered, head } = group;
  const ended = [...entries].flatMap(([text, entry]) =>
    entry === null ? [Buffer.from(text, "latin1")] : [],
  );
  return [
    ...(changes.length === 0 ? [] : [logChanges(id, changes), putEntries(id, entries)]),
    ...(ended.length === 0 ? [] : [{ ...endEntries, values: [id, ended] }]),
    ...(fences.size === 0
      ? []
      : [{ ...setFences, values: [id, [...fences.keys()], [...fences.values()]] }]),
    ...(remembered.size === 0 ? [] : [rememberAnswers(id, group)]),
    ...(changes.length === 0 ? [] : [{ ...advance, values: [id, head, oldest] }]),
  ];
}

/** Before the entries are written, because it copies what they replace. */
function logChanges(id: number, changes: readonly WrittenChange[]): BoundStatement {
  const column = (of: (change: WrittenChange) => SqlValue) => changes.map(of);
  const old = (of: (entry: WrittenEntry) => SqlValue) =>
    column((change) => (change.old ? of(change.old) : null));
  return {
    ...insertChanges,
    values: [
      id,
      column(({ revision }) => revision),
      column(({ position }) => position),
      column(({ key }) => key),
      column(({ cause }) => cause),
      column(({ value }) => value),
      column(({ expires }) => expires),
      column(({ key, value }) => value && crcOf(key, value)),
      column((change) => change.old === undefined),
      old(({ value }) => value ?? null),
      old(({ revision }) => revision),
      old(({ position }) => position),
      old(({ expires }) => expires),
      column(({ key, old: before }) => (before?.value ? crcOf(key, before.value) : null)),
    ],
  };
}

function putEntries(id: number, entries: ReadonlyMap<string, WrittenEntry | null>): BoundStatement {
  const rows = [...entries].flatMap(([text, entry]) => {
    if (entry?.value === undefined) return [];
    const key = Buffer.from(text, "latin1");
    return [{ ...entry, key, value: entry.value, crc: crcOf(key, entry.value) }];
  });
  return {
    ...upsertEntries,
    values: [
      id,
      rows.map(({ key }) => key),
      rows.map(({ value }) => value),
      rows.map(({ revision }) => revision),
      rows.map(({ position }) => position),
      rows.map(({ expires }) => expires),
      rows.map(({ crc }) => crc),
    ],
  };
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

const insertChanges = {
  name: "state-log",
  text: `INSERT INTO state_changes
    SELECT $1, c.revision, c.position, c.key, c.cause, c.value, c.expires, c.crc,
      CASE WHEN c.is_stored THEN e.value ELSE c.old_value END,
      CASE WHEN c.is_stored THEN e.revision ELSE c.old_revision END,
      CASE WHEN c.is_stored THEN e.position ELSE c.old_position END,
      CASE WHEN c.is_stored THEN e.expires ELSE c.old_expires END,
      CASE WHEN c.is_stored THEN e.crc ELSE c.old_crc END
    FROM unnest($2::bigint[], $3::integer[], $4::bytea[], $5::text[], $6::bytea[], $7::bigint[],
        $8::bigint[], $9::boolean[], $10::bytea[], $11::bigint[], $12::integer[], $13::bigint[],
        $14::bigint[])
      AS c (revision, position, key, cause, value, expires, crc, is_stored,
        old_value, old_revision, old_position, old_expires, old_crc)
    LEFT JOIN state_entries e ON c.is_stored AND e.namespace = $1 AND e.key = c.key`,
};

const upsertEntries = {
  name: "state-put",
  text: `INSERT INTO state_entries (namespace, key, value, revision, position, expires, crc)
    SELECT $1, * FROM unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::integer[], $6::bigint[],
      $7::bigint[])
    ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value,
      revision = excluded.revision, position = excluded.position, expires = excluded.expires,
      crc = excluded.crc`,
};

const endEntries = {
  name: "state-end",
  text: "DELETE FROM state_entries WHERE namespace = $1 AND key = ANY ($2::bytea[])",
};

const setFences = {
  name: "state-set-fences",
  text: `INSERT INTO state_fences (namespace, name, epoch)
    SELECT $1, * FROM unnest($2::text[], $3::bigint[])
    ON CONFLICT (namespace, name) DO UPDATE SET epoch = excluded.epoch`,
};

const insertRemembered = {
  name: "state-remember",
  text: `INSERT INTO state_remembered (namespace, key, digest, revision, versions, until)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[])
    ON CONFLICT (namespace, key) DO UPDATE SET digest = excluded.digest,
      revision = excluded.revision, versions = excluded.versions, until = excluded.until`,
};

const advance = {
  name: "state-advance",
  text: "UPDATE state_namespaces SET head = $2, oldest = $3 WHERE id = $1",
};
