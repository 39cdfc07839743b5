import type { DatabaseSync, StatementSync } from "node:sqlite";
import { faultOfSqlite } from "@bedplate/sqlite";
import type {
  DriverHistory,
  DriverKeys,
  DriverRange,
  DriverRead,
  Revision,
  StateChange,
  StateCommit,
  StateEntry,
} from "@bedplate/state";
import { entryQuery, listQuery, replacedQuery, replacementsQuery } from "./entry-queries.ts";
import { type EntryRow, entryOf } from "./entry-row.ts";

interface ChangeRow extends Omit<EntryRow, "value" | "crc"> {
  readonly value: Uint8Array | null;
  readonly crc: number | null;
  readonly cause: StateChange["cause"];
}

interface NamespaceRow {
  readonly id: number;
  readonly head: Revision;
  readonly oldest: Revision;
}

type Dated<T> = T & { readonly nowMs: number };

/** Where a change is in the history. */
interface ChangePlace {
  readonly revision: Revision;
  readonly position: number;
}

/** Reads what was committed; each answer is of one instant. */
export class StateReader {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  head(namespace: string): Revision {
    return this.#atOnce(() => this.#find(namespace).head);
  }

  /** Whether an entry has expired that no commit has ended yet. */
  isDue(namespace: string, nowMs: number): boolean {
    const text = "SELECT 1 FROM entry WHERE namespace = ? AND expires <= ? LIMIT 1";
    return this.#atOnce(() => {
      const { id } = this.#find(namespace);
      return this.#prepare(text).get(id, nowMs) !== undefined;
    });
  }

  getMany(
    namespace: string,
    { keys, at, nowMs }: Dated<DriverKeys>,
  ): DriverRead<readonly (StateEntry | null)[]> {
    return this.#atOnce(() => {
      const { id, head, oldest } = this.#find(namespace);
      const changed = at === undefined ? undefined : this.#changedAfter(id, at);
      const entries = keys.map((key) => {
        const place = changed?.get(textOf(key));
        const row = place
          ? this.#prepare(replacedQuery).get({ namespace: id, ...place, nowMs })
          : this.#prepare(entryQuery).get({ namespace: id, key, nowMs });
        return row === undefined ? null : entryOf(row as unknown as EntryRow);
      });
      return { entries, revision: head, oldest };
    });
  }

  list(namespace: string, range: Dated<DriverRange>): DriverRead<readonly StateEntry[]> {
    return this.#atOnce(() => {
      const { id, head, oldest } = this.#find(namespace);
      const { start, end, at, limit, nowMs } = range;
      const rows = this.#prepare(listQuery(range)).all({
        namespace: id,
        start,
        ...(end !== null && { end }),
        ...(at !== undefined && { at }),
        limit,
        nowMs,
      });
      const entries = rows.map((row) => entryOf(row as unknown as EntryRow));
      return { entries, revision: head, oldest };
    });
  }

  history(
    namespace: string,
    { after, limit }: { readonly after: Revision; readonly limit: number },
  ): DriverHistory {
    const text = `SELECT revision, position, key, value, expires, crc, cause FROM change
      WHERE namespace = ? AND revision > ? AND revision <= ? ORDER BY revision, position`;
    return this.#atOnce(() => {
      const { id, head, oldest } = this.#find(namespace);
      if (after < oldest) return { commits: [], revision: head, oldest };
      const rows = this.#prepare(text).all(id, after, after + limit);
      const commits = commitsOf(rows as unknown as readonly ChangeRow[]);
      return { commits, revision: head, oldest };
    });
  }

  #changedAfter(id: number, at: Revision): ReadonlyMap<string, ChangePlace> {
    const changed = new Map<string, ChangePlace>();
    for (const row of this.#prepare(replacementsQuery).iterate(id, at)) {
      const place = { revision: Number(row["revision"]), position: Number(row["position"]) };
      changed.set(textOf(row["key"] as Uint8Array), place);
    }
    return changed;
  }

  #find(name: string): NamespaceRow {
    const row = this.#prepare("SELECT id, head, oldest FROM namespace WHERE name = ?").get(name);
    if (row === undefined) return { id: -1, head: 0, oldest: 0 };
    return { id: Number(row["id"]), head: Number(row["head"]), oldest: Number(row["oldest"]) };
  }

  #prepare(text: string): StatementSync {
    const found = this.#statements.get(text) ?? this.#database.prepare(text);
    this.#statements.set(text, found);
    return found;
  }

  #atOnce<T>(read: () => T): T {
    try {
      this.#database.exec("BEGIN");
      return read();
    } catch (error) {
      throw faultOfSqlite(error, "state.read");
    } finally {
      if (this.#database.isTransaction) this.#database.exec("COMMIT");
    }
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

function commitsOf(rows: readonly ChangeRow[]): readonly StateCommit[] {
  const commits: { revision: Revision; changes: StateChange[] }[] = [];
  for (const row of rows) {
    const { key, value, revision, crc, cause } = row;
    const entry = value === null ? null : entryOf({ ...row, value, crc: crc ?? 0 });
    const last = commits.at(-1);
    if (last?.revision === revision) last.changes.push({ key, entry, cause });
    else commits.push({ revision, changes: [{ key, entry, cause }] });
  }
  return commits;
}
