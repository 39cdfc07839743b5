/** The connection broke, or it could not be made. */
export class ContactLost extends Error {
  /** What the system or the engine called it, for example `ECONNRESET` or `57P01`. */
  readonly reason: string;
  /** False when the engine cannot have seen the statement. */
  readonly wasSent: boolean;

  constructor(reason: string, options: ErrorOptions & { readonly wasSent: boolean }) {
    super(`The connection to PostgreSQL is lost: ${reason}`, options);
    this.name = "ContactLost";
    this.reason = reason;
    this.wasSent = options.wasSent;
  }
}

/** What a system, a library or the engine threw, in a word. */
export function reasonOf(error: unknown): string {
  if (error instanceof ContactLost) return error.reason;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === "string" ? code : String(message ?? "closed");
}
