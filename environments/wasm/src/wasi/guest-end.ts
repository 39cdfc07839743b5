/** Why a guest ended before its entry returned. */
export type GuestEnd =
  /** It called `proc_exit`. */
  | { readonly kind: "exit"; readonly exitCode: number }
  /** It raised a signal that ends a process; `exitCode` is 128 + signal, as shells say it. */
  | { readonly kind: "signal"; readonly signal: number; readonly exitCode: number }
  /** `onOutput` said stop. */
  | { readonly kind: "stopped"; readonly stream: "stdout" | "stderr" };

/**
 * Unwinds the guest when it has ended.
 *
 * A guest can catch it (`catch_all` catches what the host throws), so nothing may depend on it
 * alone: every later call of the guest throws it again, and `onEnd` lets the owner of the
 * instance take away its fuel.
 */
export class GuestEnded extends Error {
  readonly end: GuestEnd;

  constructor(end: GuestEnd) {
    super(`the guest ended: ${end.kind}`);
    this.name = "GuestEnded";
    this.end = end;
  }
}
