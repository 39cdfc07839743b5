import type { SqlValue, Statement, Transaction } from "@bedplate/postgres";
import type { DriverCommit, Revision, Version } from "@bedplate/state";
import { nowOr } from "./engine-clock.ts";
import { textOf } from "./entry-row.ts";
import type { WrittenEntry } from "./group-evaluation.ts";

/** The answer of a commit that had an idempotency key. */
export interface RememberedAnswer {
  readonly digest: string;
  readonly revision: Revision;
  readonly versions: readonly (Version | null)[];
  readonly until: number;
}

/** Everything that decides about the commits of a group, of one instant. */
export interface GroupFacts {
  readonly nowMs: number;
  readonly head: Revision;
  readonly oldest: Revision;
  /** Keys that have expired, the longest ago first. */
  readonly due: readonly Uint8Array[];
  /** What the keys of the group hold, by their texts. */
  readonly entries: ReadonlyMap<string, WrittenEntry>;
  readonly fences: ReadonlyMap<string, number>;
  readonly remembered: ReadonlyMap<string, RememberedAnswer>;
}

/** Which namespace, and its time when that is not the engine's. */
export interface GroupPlace {
  readonly id: number;
  readonly nowMs: number | null;
}

/** Most entries that end in one commit. */
const expiriesMax = 1_000;

/**
 * Locks the namespace until the end of the transaction, so that one group after the other commits to
 * it, and reads under the lock. Everything travels in one piece.
 */
export async function readFacts(
  within: Transaction,
  { id, nowMs: givenMs }: GroupPlace,
  commits: readonly DriverCommit[],
): Promise<GroupFacts> {
  const keys = new Map(commits.flatMap(keysOf).map((key) => [textOf(key), key]));
  const names = (of: (commit: DriverCommit) => string | undefined) => [
    ...new Set(commits.flatMap((commit) => of(commit) ?? [])),
  ];
  const fenceNames = names(({ fence }) => fence?.name);
  const idempotencyKeys = names(({ idempotency }) => idempotency?.key);
  const ask = async <Row>(statement: Statement, values: readonly SqlValue[]) =>
    (await within.query<Row>(statement, values)).rows;
  const [locked, written, fences, remembered] = await Promise.all([
    ask<{ readonly head: number; readonly oldest: number }>(lockNamespace, [id]),
    ask<WrittenRow>(readWritten, [givenMs, id, [...keys.values()], expiriesMax]),
    fenceNames.length === 0 ? [] : ask<FenceRow>(readFences, [id, fenceNames]),
    idempotencyKeys.length === 0 ? [] : ask<RememberedRow>(readRemembered, [id, idempotencyKeys]),
  ]);
  const { head = 0, oldest = 0 } = locked[0] ?? {};
  return {
    head,
    oldest,
    ...entryFacts(written),
    fences: new Map(fences.map(({ name, epoch }) => [name, epoch])),
    remembered: new Map(
      remembered.map(({ key, versions, ...rest }) => [
        key,
        { ...rest, versions: JSON.parse(versions) as readonly (Version | null)[] },
      ]),
    ),
  };
}

function entryFacts(rows: readonly WrittenRow[]): Pick<GroupFacts, "nowMs" | "due" | "entries"> {
  const nowMs = rows[0]?.now ?? 0;
  const due: Uint8Array[] = [];
  const entries = new Map<string, WrittenEntry>();
  for (const { key, revision, position, expires, is_due: isDue } of rows) {
    if (key === null) continue;
    if (isDue) due.push(key);
    // What has expired is absent, also when there is too much of it to end it all now.
    else if (expires === null || expires > nowMs) {
      entries.set(textOf(key), { revision, position, expires });
    }
  }
  return { nowMs, due, entries };
}

/** Without a key when there is no entry. */
interface WrittenRow extends WrittenEntry {
  readonly now: number;
  readonly key: Uint8Array | null;
  readonly is_due: boolean;
}

interface FenceRow {
  readonly name: string;
  readonly epoch: number;
}

interface RememberedRow extends Omit<RememberedAnswer, "versions"> {
  readonly key: string;
  readonly versions: string;
}

function keysOf({ checks, ops }: DriverCommit): readonly Uint8Array[] {
  return [...checks.map(({ key }) => key), ...ops.map((op) => ("put" in op ? op.put : op.delete))];
}

const lockNamespace: Statement = {
  name: "state-lock",
  text: "SELECT head, oldest FROM state_namespaces WHERE id = $1 FOR NO KEY UPDATE",
};

// Read after the lock was taken, so that time does not go back from one group to the next.
const readWritten: Statement = {
  name: "state-written",
  text: `SELECT clock.now, e.* FROM (SELECT ${nowOr("$1")} AS now) clock LEFT JOIN LATERAL (
      SELECT key, revision, position, expires, false AS is_due FROM state_entries
      WHERE namespace = $2 AND key = ANY ($3::bytea[])
      UNION ALL (
        SELECT key, revision, position, expires, true FROM state_entries
        WHERE namespace = $2 AND expires <= clock.now ORDER BY expires LIMIT $4)) e ON true`,
};

const readFences: Statement = {
  name: "state-fences",
  text: "SELECT name, epoch FROM state_fences WHERE namespace = $1 AND name = ANY ($2::text[])",
};

const readRemembered: Statement = {
  name: "state-remembered",
  text: `SELECT key, digest, revision, versions, until FROM state_remembered
    WHERE namespace = $1 AND key = ANY ($2::text[])`,
};
