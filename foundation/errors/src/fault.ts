import type { FaultCode, FaultDetail } from "./fault-codes.ts";

/** What class of thing went wrong. Programs branch on this, on `effect` and on `retry`. */
export type FaultKind =
  | "invalid"
  | "not_found"
  | "exists"
  | "precondition"
  | "conflict"
  | "denied"
  | "unauthenticated"
  | "exhausted"
  | "timeout"
  | "cancelled"
  | "unavailable"
  | "unsupported"
  | "incompatible"
  | "corrupt"
  | "internal";

/** Did it happen? `unknown` is for operations that were in flight when contact broke. */
export type Effect = "none" | "partial" | "applied" | "unknown";

/** What to do next: nothing, the same call again, later, after a fresh read, or on another node. */
export type Retry = "never" | "same" | "backoff" | "refresh" | "elsewhere";

/** Whose budget the failure burns. */
export type Blame = "caller" | "guest" | "plugin" | "provider" | "host" | "operator";

/** What the platform failed to do, as data. It crosses every boundary unchanged and is never hashed. */
export interface Fault<C extends string = string> {
  readonly code: C;
  readonly kind: FaultKind;
  readonly effect: Effect;
  readonly retry: Retry;
  readonly retryAfterMs?: number | undefined;
  readonly blame: Blame;
  /** The operation that failed, as `contract.verb`, for example `state.commit`. */
  readonly op: string;
  /** What it failed on, for example `instance/i-17`. */
  readonly subject?: string | undefined;
  /** Facts for programs; the shape belongs to the code (`FaultDetail`). */
  readonly detail: C extends keyof FaultDetail ? FaultDetail[C] : Readonly<Record<string, unknown>>;
  /** A sentence for people; never parsed, never holds secrets or guest bytes. */
  readonly message: string;
  /** What caused it, nearest first. */
  readonly causes: readonly Fault[];
}

/** The one error class that crosses package boundaries; everything about it is in `fault`. */
export class FaultError<C extends string = string> extends Error {
  readonly fault: Fault<C>;

  constructor(fault: Fault<C>, options?: ErrorOptions) {
    super(fault.message, options);
    this.name = "FaultError";
    this.fault = fault;
  }

  get code(): C {
    return this.fault.code;
  }
}

/** True for a `FaultError`, and, with `code`, only for that code. */
export function isFault<C extends FaultCode>(error: unknown, code?: C): error is FaultError<C> {
  return error instanceof FaultError && (code === undefined || error.fault.code === code);
}
