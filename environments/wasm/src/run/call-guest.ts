import type { LiveGuest } from "../allocator/live-guest.ts";
import type { Attempt } from "./attempt.ts";
import type { Ending } from "./ending.ts";
import type { CallFailure } from "./outcome-of.ts";

/** How an attempt ended: by itself, by a failure of its own, or by the host. */
export type AttemptEnd =
  | { readonly kind: "returned"; readonly value: unknown; readonly fuel: number }
  | { readonly kind: "failed"; readonly failure: CallFailure; readonly fuel: number }
  | { readonly kind: "ended"; readonly ending: Ending; readonly fuel: number };

/** Runs some functions of an instance as one attempt, one after the other while they return. */
export function callGuest(
  guest: LiveGuest,
  attempt: Attempt,
  steps: readonly GuestStep[],
): AttemptEnd {
  const { instance, cell } = guest;
  cell.begin(attempt);
  let value: unknown;
  for (const { entry, values } of steps) {
    const end = instance.run(entry, values);
    const fuel = Math.min(cell.fuelUsed, attempt.fuelMax);
    // What the host said counts, even where the guest caught it and returned.
    if (attempt.ending !== undefined) return { kind: "ended", ending: attempt.ending, fuel };
    if (end.kind !== "returned") return { kind: "failed", failure: end, fuel };
    if (cell.fuelUsed > attempt.fuelMax) return { kind: "failed", failure: outOfFuel, fuel };
    value = end.value;
  }
  return { kind: "returned", value, fuel: cell.fuelUsed };
}

/** A function of an instance, and what it is called with. */
export interface GuestStep {
  readonly entry: (...values: readonly unknown[]) => unknown;
  readonly values: readonly unknown[];
}

const outOfFuel: CallFailure = { kind: "out-of-fuel" };
