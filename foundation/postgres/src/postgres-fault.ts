import { type FaultError, isFault, raise } from "@bedplate/errors";
import { ContactLost, faultOfContactLost } from "@bedplate/provider";
import { isContention, isPostgresError, type PostgresError } from "./sql-state.ts";

/** What was being done. */
export interface PostgresFaultContext {
  /** The operation that the fault names, for example `state.commit`. */
  readonly op: string;
  /** What happened when contact broke after the statement was sent: `unknown` for a write, `none` for a read. */
  readonly lost: "none" | "unknown";
  /** The engine's time limit for the statement. */
  readonly statementTimeoutMs?: number | undefined;
}

const detail = { provider: "postgres" } as const;

/**
 * Reads what a pool threw as a registered fault. Faults pass as they are, and so do refusals that
 * mean something to a driver only, such as a broken unique constraint: see `isPostgresError`.
 */
export function faultOfPostgres(error: unknown, context: PostgresFaultContext): unknown {
  if (isFault(error)) return error;
  if (error instanceof ContactLost) {
    return faultOfContactLost(error, { ...context, ...detail, engine: "PostgreSQL" });
  }
  if (isPostgresError(error)) return faultOfRefusal(error, context) ?? error;
  return error;
}

function faultOfRefusal(
  error: PostgresError,
  { op, statementTimeoutMs }: PostgresFaultContext,
): FaultError | undefined {
  const { code } = error;
  if (isContention(error)) return unavailable(op, "others change the same rows all the time");
  if (code.startsWith("28") || code === "3D000" || code === "42501") return denied(op, error);
  if (code === "53100") return diskFull(op);
  if (code === "57014" || code === "55P03") return tooSlow(op, statementTimeoutMs);
  if (code.startsWith("XX00")) return corrupt(op, error);
  if (code.startsWith("53")) return unavailable(op, "it is at a limit of its own", code);
  if (code === "25006") return unavailable(op, "it takes no writes now", code);
  return undefined;
}

function unavailable(op: string, what: string, code?: string): FaultError {
  return raise("provider.unavailable", {
    op,
    detail,
    message: `Cannot use PostgreSQL: ${what}${code === undefined ? "" : ` (${code})`}`,
  });
}

function denied(op: string, { code }: PostgresError): FaultError {
  const what =
    code === "3D000"
      ? "the database of the URL does not exist"
      : "it refuses our credentials or what they may do";
  return raise("provider.denied", {
    op,
    detail,
    message: `Cannot use PostgreSQL: ${what} (${code})`,
  });
}

function diskFull(op: string): FaultError {
  return raise("quota.exceeded", {
    op,
    detail: { meter: "disk", limit: 0, asked: 0 },
    message: "Cannot write to PostgreSQL: its disk is full",
    blame: "operator",
  });
}

function tooSlow(op: string, afterMs = 0): FaultError {
  return raise("deadline.exceeded", {
    op,
    detail: { afterMs },
    message: "Cannot finish the statement: PostgreSQL stopped it at its time limit",
    effect: "none",
    blame: "provider",
  });
}

function corrupt(op: string, { code }: PostgresError): FaultError {
  return raise("data.corrupt", {
    op,
    detail: { what: "PostgreSQL's files" },
    message: `Cannot read PostgreSQL: it says that its files are damaged (${code})`,
  });
}
