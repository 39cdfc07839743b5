import type { DatabaseSync, StatementSync } from "node:sqlite";
import { faultOfSqlite } from "@bedplate/sqlite";
import type {
  DriverHistory,
  DriverRange,
  Revision,
  StateChange,
  StateCommit,
  StateEntry,
} from "@bedplate/state";
import { type EntryRow, entryOf } from "./entry-row.ts";

interface ChangeRow extends Omit<EntryRow, "value" | "crc"> {
  readonly value: Uint8Array | null;
  readonly crc: number | null;
}

/** Reads what was committed; each answer is of one instant. */
export class StateReader {
  readonly #database: DatabaseSync;
  readonly #namespace: StatementSync;
  readonly #entry: StatementSync;
  readonly #changes: StatementSync;
  readonly #lists = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#namespace = database.prepare("SELECT id, head, oldest FROM namespace WHERE name = ?");
    this.#entry = database.prepare(
      "SELECT key, value, revision, crc FROM entry WHERE namespace = ? AND key = ?",
    );
    this.#changes = database.prepare(
      `SELECT revision, key, value, crc FROM change
       WHERE namespace = ? AND revision > ? AND revision <= ? ORDER BY revision, position`,
    );
  }

  head(namespace: string): Revision {
    return this.#atOnce(() => this.#find(namespace).head);
  }

  getMany(namespace: string, keys: readonly Uint8Array[]): readonly (StateEntry | null)[] {
    return this.#atOnce(() => {
      const { id } = this.#find(namespace);
      return keys.map((key) => {
        const row = this.#entry.get(id, key);
        return row === undefined ? null : entryOf(row as unknown as EntryRow);
      });
    });
  }

  list(
    namespace: string,
    range: DriverRange,
  ): { readonly entries: readonly StateEntry[]; readonly revision: Revision } {
    return this.#atOnce(() => {
      const { id, head } = this.#find(namespace);
      const bounds = range.end === null ? [range.start] : [range.start, range.end];
      const rows = this.#listing(range).all(id, ...bounds, range.limit);
      return { entries: rows.map((row) => entryOf(row as unknown as EntryRow)), revision: head };
    });
  }

  history(
    namespace: string,
    { after, limit }: { readonly after: Revision; readonly limit: number },
  ): DriverHistory {
    return this.#atOnce(() => {
      const { id, oldest } = this.#find(namespace);
      if (after < oldest) return { commits: [], oldest };
      const rows = this.#changes.all(id, after, after + limit);
      return { commits: commitsOf(rows as unknown as readonly ChangeRow[]), oldest };
    });
  }

  #find(name: string): { readonly id: number; readonly head: number; readonly oldest: number } {
    const row = this.#namespace.get(name);
    if (row === undefined) return { id: -1, head: 0, oldest: 0 };
    return { id: Number(row["id"]), head: Number(row["head"]), oldest: Number(row["oldest"]) };
  }

  #listing({ end, reverse }: DriverRange): StatementSync {
    const text = `SELECT key, value, revision, crc FROM entry
      WHERE namespace = ? AND key >= ? ${end === null ? "" : "AND key < ?"}
      ORDER BY key ${reverse ? "DESC" : "ASC"} LIMIT ?`;
    const found = this.#lists.get(text) ?? this.#database.prepare(text);
    this.#lists.set(text, found);
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

function commitsOf(rows: readonly ChangeRow[]): readonly StateCommit[] {
  const commits: { revision: Revision; changes: StateChange[] }[] = [];
  for (const { key, value, revision, crc } of rows) {
    const entry = value === null ? null : entryOf({ key, value, revision, crc: crc ?? 0 });
    const last = commits.at(-1);
    if (last?.revision === revision) last.changes.push({ key, entry });
    else commits.push({ revision, changes: [{ key, entry }] });
  }
  return commits;
}
