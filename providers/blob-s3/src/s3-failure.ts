/** What a request that failed means. */
export interface S3Failure {
  readonly kind:
    | "refused" // its condition did not hold
    | "missing" // there is no such thing
    | "range" // the range is outside
    | "denied" // not with these credentials
    | "throttled" // the service has too much to do
    | "skewed" // our clock is wrong; the client has corrected it
    | "damaged" // bytes were changed on their way
    | "full" // the service has no room
    | "unreached" // nobody heard the request
    | "broken" // contact broke, or the service stumbled
    | "rejected"; // the service does not do this
  /** The request may have been done. */
  readonly isUnclear: boolean;
  /** What the service, or the machine, calls it. */
  readonly name: string;
}

const unreachedCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EMFILE",
]);

const kindOfName: { readonly [name: string]: S3Failure["kind"] } = {
  SlowDown: "throttled",
  ServiceUnavailable: "throttled",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  RequestLimitExceeded: "throttled",
  TooManyRequests: "throttled",
  RequestTimeout: "throttled",
  RequestTimeTooSkewed: "skewed",
  BadDigest: "damaged",
  InvalidDigest: "damaged",
  XAmzContentSHA256Mismatch: "damaged",
  XAmzContentChecksumMismatch: "damaged",
  IncompleteBody: "damaged",
  QuotaExceeded: "full",
  InsufficientCapacity: "full",
  PreconditionFailed: "refused",
  InternalError: "broken",
  NoSuchBucket: "rejected",
  NotImplemented: "rejected",
  NoSuchUpload: "rejected",
};

const kindOfStatus: { readonly [status: number]: S3Failure["kind"] } = {
  401: "denied",
  403: "denied",
  404: "missing",
  // Others changed the same thing in that moment.
  409: "throttled",
  412: "refused",
  416: "range",
  429: "throttled",
  503: "throttled",
  507: "full",
};

interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Reads what the client threw. */
export function failureOf(error: unknown): S3Failure {
  const { name = "", code = "", message = "", $metadata } = (error ?? {}) as Thrown;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return failureOfContact(code === "" ? name : code, message);
  const kind =
    kindOfName[name] ?? kindOfStatus[status] ?? (inFault(status) ? "broken" : "rejected");
  return { kind, isUnclear: kind === "broken", name: `${status} ${name}` };
}

/** A service that fails says 500 or more; or 200, when it failed after it had begun to answer. */
function inFault(status: number): boolean {
  return status >= 500 || status < 300;
}

function failureOfContact(name: string, message: string): S3Failure {
  const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|EPROTO/.test(name);
  if (isUntrusted) return { kind: "rejected", isUnclear: false, name };
  const isUnreached =
    unreachedCodes.has(name) || message.includes("did not establish a connection");
  if (isUnreached) return { kind: "unreached", isUnclear: false, name };
  return { kind: "broken", isUnclear: true, name };
}

const lasting: ReadonlySet<S3Failure["kind"]> = new Set([
  "refused",
  "missing",
  "range",
  "denied",
  "full",
  "rejected",
]);

/** True when the same request may go better. */
export function mayPass({ kind }: S3Failure): boolean {
  return !lasting.has(kind);
}
