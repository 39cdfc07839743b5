import type { PostgresPool, SqlValue, Statement } from "@bedplate/postgres";
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
import { type EntryRow, entryOf, textOf } from "./entry-row.ts";
import {
  getAt,
  getNow,
  listStatement,
  readHead,
  readHeads,
  readHistory,
} from "./read-statements.ts";

interface Ends {
  readonly head: Revision;
  readonly oldest: Revision;
}

/** Without a key when there is no entry. */
type ReadRow = Ends & (EntryRow | { readonly key: null });

interface ChangeRow extends Ends, Omit<EntryRow, "key" | "value" | "crc"> {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly crc: number | null;
  readonly cause: StateChange["cause"];
  readonly is_due: boolean;
}

/** Reads what was committed; each answer is of one instant, from the engine that takes the commits. */
export class StateReader {
  readonly #pool: PostgresPool;
  readonly #nowMs: () => number | null;

  constructor(pool: PostgresPool, nowMs: () => number | null) {
    this.#pool = pool;
    this.#nowMs = nowMs;
  }

  async head(namespace: string): Promise<Revision> {
    const rows = await this.#pool.read<Pick<Ends, "head">>(readHead, [namespace], {
      op: "state.head",
    });
    return rows[0]?.head ?? 0;
  }

  /** The heads of some namespaces, as far as they have commits. */
  async heads(namespaces: readonly string[]): Promise<ReadonlyMap<string, Revision>> {
    const rows = await this.#pool.read<{ readonly name: string; readonly head: Revision }>(
      readHeads,
      [namespaces],
      { op: "state.head" },
    );
    return new Map(rows.map(({ name, head }) => [name, head]));
  }

  async getMany(
    namespace: string,
    { keys, at }: DriverKeys,
  ): Promise<DriverRead<readonly (StateEntry | null)[]>> {
    const asked = [this.#nowMs(), namespace, keys.map((key) => Buffer.from(key))];
    const read = at === undefined ? this.#read(getNow, asked) : this.#read(getAt, [...asked, at]);
    const { entries, ...ends } = await read;
    const found = new Map(entries.map((entry) => [textOf(entry.key), entry]));
    return { entries: keys.map((key) => copyOf(found.get(textOf(key)))), ...ends };
  }

  list(namespace: string, range: DriverRange): Promise<DriverRead<readonly StateEntry[]>> {
    const { start, end, limit, at } = range;
    return this.#read(listStatement(range), [
      this.#nowMs(),
      namespace,
      limit,
      start,
      ...(end === null ? [] : [end]),
      ...(at === undefined ? [] : [at]),
    ]);
  }

  /** Also says whether something has expired that no commit has ended yet. */
  async history(
    namespace: string,
    { after, limit }: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory & { readonly isDue: boolean }> {
    const values = [this.#nowMs(), namespace, after, limit];
    const rows = await this.#pool.read<ChangeRow>(readHistory, values, { op: "state.history" });
    const { head = 0, oldest = 0, is_due: isDue = false } = rows[0] ?? {};
    return { commits: commitsOf(rows), revision: head, oldest, isDue };
  }

  async #read(
    statement: Statement,
    values: readonly SqlValue[],
  ): Promise<DriverRead<readonly StateEntry[]>> {
    const rows = await this.#pool.read<ReadRow>(statement, values, { op: "state.read" });
    const { head = 0, oldest = 0 } = rows[0] ?? {};
    const entries = rows.flatMap((row) => (row.key === null ? [] : [entryOf(row)]));
    return { entries, revision: head, oldest };
  }
}

/** The same key may be asked for twice; answers share no bytes. */
function copyOf(entry: StateEntry | undefined): StateEntry | null {
  return entry === undefined ? null : { ...entry, value: Uint8Array.from(entry.value) };
}

function commitsOf(rows: readonly ChangeRow[]): readonly StateCommit[] {
  const commits: { revision: Revision; changes: StateChange[] }[] = [];
  for (const row of rows) {
    const { key, value, crc, revision, cause } = row;
    if (key === null) continue;
    const entry = value === null ? null : entryOf({ ...row, key, value, crc: crc ?? 0 });
    const last = commits.at(-1);
    if (last?.revision === revision) last.changes.push({ key, entry, cause });
    else commits.push({ revision, changes: [{ key, entry, cause }] });
  }
  return commits;
}
