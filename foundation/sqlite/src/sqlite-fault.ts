import { isFault, raise } from "@bedplate/errors";

// Primary result codes: https://www.sqlite.org/rescode.html
const busy = 5;
const locked = 6;
const corrupt = 11;
const full = 13;
const notADatabase = 26;

/** Reads what `node:sqlite` threw as a fault; faults and other errors pass as they are. */
export function faultOfSqlite(error: unknown, op: string): unknown {
  if (isFault(error) || !isSqliteError(error)) return error;
  const primary = error.errcode & 0xff;
  if (primary === corrupt || primary === notADatabase) {
    return raise("data.corrupt", {
      op,
      detail: { what: "database file" },
      message: "Cannot read the database: its file is damaged",
      cause: error,
    });
  }
  if (primary === full) {
    return raise("quota.exceeded", {
      op,
      detail: { meter: "disk", limit: 0, asked: 0 },
      message: "Cannot write the database: the disk is full",
      blame: "operator",
      cause: error,
    });
  }
  return raise("provider.unavailable", {
    op,
    detail: { provider: "sqlite" },
    message: `Cannot use the database: ${isBusy(error) ? "another process holds it" : error.message}`,
    cause: error,
  });
}

/** True when another connection held the lock for longer than we wait. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && [busy, locked].includes(error.errcode & 0xff);
}

interface SqliteError extends Error {
  readonly errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errcode === "number";
}
