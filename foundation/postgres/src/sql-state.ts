/** What the engine said when it refused a statement. */
export interface PostgresError extends Error {
  /** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly code: string;
  readonly constraint?: string | undefined;
}

/** True for an answer of the engine, and, with `code`, only for that SQLSTATE. */
export function isPostgresError(error: unknown, code?: string): error is PostgresError {
  if (!(error instanceof Error) || !("severity" in error) || !("code" in error)) return false;
  return typeof error.code === "string" && (code === undefined || error.code === code);
}

/** The engine undid the transaction because of others; nothing happened, and another try may succeed. */
export function isContention(error: unknown): boolean {
  return isPostgresError(error) && ["40001", "40P01"].includes(error.code);
}

/** A prepared statement that the engine does not know any more, or whose tables have changed. */
export function isStalePlan(error: unknown): boolean {
  if (!isPostgresError(error)) return false;
  return error.code === "26000" || (error.code === "0A000" && /cached plan/.test(error.message));
}

/** The engine ends the connection with this answer. */
export function endsConnection({ code }: PostgresError): boolean {
  return code.startsWith("08") || ["57P01", "57P02", "57P03", "57P05", "25P03"].includes(code);
}
