import { raise } from "@bedplate/errors";
import { openPrivate } from "./database.ts";
import { faultOfSqlite, isBusy } from "./sqlite-fault.ts";

/**
 * Holds `<path>.owner` until it is disposed or the process dies, whatever kills it: the lock is the
 * operating system's, taken by SQLite. Throws `resource.busy` while another holder lives.
 */
export function takeOwnership(path: string): Disposable {
  const lock = openPrivate(`${path}.owner`, 0);
  try {
    lock.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;");
  } catch (error) {
    lock.close();
    throw isBusy(error) ? busyFault(path) : faultOfSqlite(error, "sqlite.own");
  }
  return { [Symbol.dispose]: () => lock.isOpen && lock.close() };
}

function busyFault(path: string): Error {
  return raise("resource.busy", {
    op: "sqlite.own",
    subject: path,
    detail: { type: "database", id: path, by: "another process" },
    message: `Cannot own ${path}: another process does`,
  });
}
