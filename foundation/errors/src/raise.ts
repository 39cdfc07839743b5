import { type Blame, type Effect, type Fault, FaultError, type Retry } from "./fault.ts";
import { type FaultCode, type FaultDetail, faultCodes } from "./fault-codes.ts";

/** What the raiser of a fault knows; the registry supplies the rest. */
export interface FaultOptions<C extends FaultCode> {
  readonly op: string;
  readonly detail: FaultDetail[C];
  readonly message: string;
  readonly subject?: string | undefined;
  readonly effect?: Effect | undefined;
  readonly retry?: Retry | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly blame?: Blame | undefined;
  readonly cause?: unknown;
}

/** Longest message and longest text inside `detail`, in characters; longer ones are cut. */
export const faultTextMax = 2048;

/** Makes an error to throw from a registered code. */
export function raise<C extends FaultCode>(code: C, options: FaultOptions<C>): FaultError<C> {
  const { kind, effect, retry, blame } = faultCodes[code];
  const { op, subject, retryAfterMs, cause } = options;
  const fault = {
    code,
    kind,
    effect: options.effect ?? effect,
    retry: options.retry ?? retry,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    blame: options.blame ?? blame,
    op,
    ...(subject !== undefined && { subject }),
    detail: cutTexts(options.detail),
    message: cut(options.message),
    causes: cause === undefined ? [] : [toFault(cause, op)],
  } as unknown as Fault<C>;
  return new FaultError(fault, cause === undefined ? undefined : { cause });
}

/** Reads any thrown value as a fault; what is not a fault already becomes `internal.bug`. */
export function toFault(thrown: unknown, op: string): Fault {
  if (thrown instanceof FaultError) return thrown.fault;
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "a value was thrown";
  return raise("internal.bug", { op, detail: { where: op }, message: text }).fault;
}

/** Rules a fault keeps: an applied or partial effect never says "same call again". */
export function isConsistent(fault: Fault): boolean {
  return fault.retry !== "same" || fault.effect === "none" || fault.effect === "unknown";
}

function cut(text: string): string {
  return text.length <= faultTextMax ? text : `${text.slice(0, faultTextMax - 1)}…`;
}

function cutTexts(detail: object): object {
  return Object.fromEntries(
    Object.entries(detail)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === "string" ? cut(value) : value]),
  );
}
