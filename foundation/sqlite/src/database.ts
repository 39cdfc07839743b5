import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { raise } from "@bedplate/errors";
import { faultOfSqlite } from "./sqlite-fault.ts";

/** How a file is opened. */
export interface DatabaseOptions {
  /** Told apart from other SQLite files by this number, which the file stores (`application_id`). */
  readonly applicationId: number;
  /** Statements that bring the file from version n to n + 1; entry n is never changed once published. */
  readonly migrations: readonly string[];
}

/** How long a statement waits for another process's transaction. */
const busyTimeoutMs = 5_000;

/**
 * Opens a file for reading and writing in WAL mode, where a commit returns after its fsync, and
 * brings it to the newest version. Refuses files of other programs and of newer releases.
 */
export function openDatabase(path: string, options: DatabaseOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = openPrivate(path, busyTimeoutMs);
    checkOrigin(database, path, options.applicationId);
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;",
    );
    migrate(database, path, options);
    return database;
  } catch (error) {
    database?.close();
    throw faultOfSqlite(error, "sqlite.open");
  }
}

/** Opens a file that, when it is new, only its owner may read; its journals inherit that. */
export function openPrivate(path: string, timeoutMs: number): DatabaseSync {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    throw raise("provider.unavailable", {
      op: "sqlite.open",
      subject: path,
      detail: { provider: "sqlite" },
      message: `Cannot open ${path}: ${cause instanceof Error ? cause.message : "no such file"}`,
      blame: "operator",
      cause,
    });
  }
  return new DatabaseSync(path, { timeout: timeoutMs });
}

function checkOrigin(database: DatabaseSync, path: string, applicationId: number): void {
  const found = readPragma(database, "application_id");
  const isNew = readPragma(database, "schema_version") === 0;
  if (found === applicationId || (isNew && found === 0)) return;
  throw incompatible(path, { here: `application ${applicationId}`, there: `application ${found}` });
}

function migrate(database: DatabaseSync, path: string, options: DatabaseOptions): void {
  const { migrations, applicationId } = options;
  if (readPragma(database, "user_version") === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Read again: another process may have migrated while we waited for the lock.
    const version = readPragma(database, "user_version");
    if (version > migrations.length) {
      throw incompatible(path, {
        here: `version ${migrations.length}`,
        there: `version ${version}`,
      });
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function readPragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}

function incompatible(path: string, versions: { here: string; there: string }): Error {
  return raise("contract.incompatible", {
    op: "sqlite.open",
    subject: path,
    detail: { contract: "database file", ...versions, upgrade: "host" },
    message: `Cannot open ${path}: it is of ${versions.there}, this release reads ${versions.here}`,
    blame: "operator",
  });
}
