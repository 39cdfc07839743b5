import type { CrossCall, Outcome } from "@bedplate/environment";

/** Why a host function ended an attempt: for good, or to wait for something and begin again. */
export type Ending =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "load"; readonly key: Uint8Array }
  | { readonly kind: "call"; readonly request: Parameters<CrossCall>[0] }
  /** The platform failed: no outcome, no receipt. */
  | { readonly kind: "fault"; readonly error: unknown };

/**
 * Unwinds the guest's frames. A guest can catch it, so whoever throws it also poisons the guest,
 * which then traps at its next check.
 */
export class AttemptEnded extends Error {
  override readonly name = "AttemptEnded";
}

/** One for all: it carries nothing, and making a stack trace for each costs microseconds. */
export const attemptEnded: AttemptEnded = new AttemptEnded("the host ended the guest");

/** An ending of the kind that breaks a rule. */
export function trapped(reason: string): Ending {
  return { kind: "outcome", outcome: { kind: "trapped", reason } };
}
