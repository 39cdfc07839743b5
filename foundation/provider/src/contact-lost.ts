import { type FaultError, raise } from "@bedplate/errors";

/** A connection to an engine broke, or it could not be made. */
export class ContactLost extends Error {
  /** What the system or the engine called it, for example `ECONNRESET`. */
  readonly reason: string;
  /** False when the engine cannot have seen what was asked of it. */
  readonly wasSent: boolean;

  constructor(reason: string, options: ErrorOptions & { readonly wasSent: boolean }) {
    super(`The connection is lost: ${reason}`, options);
    this.name = "ContactLost";
    this.reason = reason;
    this.wasSent = options.wasSent;
  }
}

/** What a system, a library or an engine threw, in a word. */
export function reasonOf(error: unknown): string {
  if (error instanceof ContactLost) return error.reason;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === "string" ? code : String(message ?? "closed");
}

/** What was being done when contact broke. */
export interface LostContext {
  /** The operation that the fault names, for example `state.commit`. */
  readonly op: string;
  /** What happened if it was sent: `unknown` for a write, `none` for a read. */
  readonly lost: "none" | "unknown";
  /** The engine, for people: `PostgreSQL`. */
  readonly engine: string;
  /** The engine, for programs: `postgres`. */
  readonly provider: string;
}

/** Reads lost contact as a fault: only of a write that was sent nobody can tell whether it happened. */
export function faultOfContactLost(error: ContactLost, context: LostContext): FaultError {
  const { op, lost, engine, provider } = context;
  const { reason, wasSent } = error;
  const detail = { provider };
  if (wasSent && lost === "unknown") {
    const message = `Cannot tell whether ${engine} did it: the connection was lost (${reason})`;
    return raise("provider.indeterminate", { op, detail, message });
  }
  const message = (what: string) => `Cannot reach ${engine}: ${what} (${reason})`;
  if (!isDistrust(reason)) {
    return raise("provider.unavailable", { op, detail, message: message("no connection") });
  }
  // Another try meets the same certificate.
  return raise("provider.unavailable", {
    op,
    detail,
    message: message("no TLS connection that we trust"),
    blame: "operator",
    retry: "never",
  });
}

/** What Node and OpenSSL call a certificate that does not prove whose it is. */
function isDistrust(reason: string): boolean {
  return /CERT|SELF_SIGNED|ISSUER|LEAF_SIGNATURE|SSL connections/.test(reason);
}
