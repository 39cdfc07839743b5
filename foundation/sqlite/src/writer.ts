import type { DatabaseSync } from "node:sqlite";
import { faultOfSqlite } from "./sqlite-fault.ts";

/** Applies one request inside an open transaction; it checks before it changes anything. */
export type ApplyRequest<Request, Answer> = (request: Request) => Answer;

/** Applies requests in one transaction, so that they share one fsync; any error undoes them all. */
export function applyInTransaction<Request, Answer>(
  database: DatabaseSync,
  apply: ApplyRequest<Request, Answer>,
  requests: readonly Request[],
): readonly Answer[] {
  try {
    database.exec("BEGIN IMMEDIATE");
    const answers = requests.map(apply);
    database.exec("COMMIT");
    return answers;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw faultOfSqlite(error, "sqlite.write");
  }
}
