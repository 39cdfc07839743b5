/** Travels with every operation. */
export interface Call {
  /** Abort means "I stop waiting"; ending the work is `stop` or the deadline. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds on the host's clock; at that instant the host gives up, whatever the plug-in does. */
  readonly deadlineAt: number;
  /** Who asks, for policy and audit. */
  readonly principal: string;
  /** W3C traceparent; empty when nothing records. */
  readonly trace: string;
  /** Idempotency key; its scope is (principal, operation). Operations that take a `KeyedCall` need one. */
  readonly key?: string | undefined;
  /** Request members that the receiver must understand or refuse. */
  readonly critical?: readonly string[] | undefined;
}

/** A call of an operation that may be repeated and must then happen once. */
export interface KeyedCall extends Call {
  readonly key: string;
}

/** Every request member of this contract version: what a caller may list as critical. */
export const requestMembers: readonly string[] = [
  ..."artifact from config caps labels handle graceMs signal until".split(" "),
  ..."entry input budget pre reads now seed call onEvent points mark env egress".split(" "),
];

/** What a caller chooses; the rest of a `Call` follows. */
export interface CallOptions {
  readonly principal: string;
  readonly timeoutMs: number;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly trace?: string | undefined;
  readonly now?: (() => number) | undefined;
}

const neverAborted = new AbortController().signal;

/** Makes the call that travels with one operation; with a key where `options.key` is given. */
export function newCall(options: CallOptions & { readonly key: string }): KeyedCall;
export function newCall(options: CallOptions): Call;
export function newCall(options: CallOptions): Call {
  const { principal, timeoutMs, key, signal = neverAborted, trace = "", now = Date.now } = options;
  return {
    signal,
    deadlineAt: now() + timeoutMs,
    principal,
    trace,
    ...(key !== undefined && { key }),
  };
}
