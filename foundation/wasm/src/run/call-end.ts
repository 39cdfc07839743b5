import { engine } from "../engine.ts";
import { type TrapReason, trapReason } from "./trap-reason.ts";

/** How a call into a metered instance ended. */
export type CallEnd =
  | { readonly kind: "returned"; readonly value: unknown }
  /** All granted fuel is used. */
  | { readonly kind: "out-of-fuel" }
  /** The host said no at a slice, or poisoned the instance. */
  | { readonly kind: "stopped"; readonly reason: string }
  /** The limit on the depth of calls was reached, or the engine's own stack. */
  | { readonly kind: "too-deep" }
  | { readonly kind: "trapped"; readonly reason: TrapReason; readonly message: string }
  /** An exception that nothing caught: one of the guest's, or one of a host function's. */
  | { readonly kind: "threw"; readonly error: unknown };

/** Names an error that left the guest, when the meters do not explain it. */
export function endOf(error: unknown): CallEnd {
  if (error instanceof engine.RuntimeError) {
    return { kind: "trapped", reason: trapReason(error.message), message: error.message };
  }
  if (error instanceof RangeError && /call stack/.test(error.message)) return { kind: "too-deep" };
  return { kind: "threw", error };
}
