import type { Ending } from "./ending.ts";

/** The guest, as host functions see it while it calls them. */
export interface Guest {
  /** The guest's first memory as it is now; a view dies when the memory grows. */
  view(): Uint8Array;
  /** Charges fuel; ends the run where the budget is spent. */
  charge(fuel: number): void;
  /** Fuel that is left of the budget. */
  fuelLeft(): number;
  /** Ends the attempt; the guest cannot catch it. */
  end(ending: Ending): never;
}

/** The bytes that a guest points to, not copied; ends the run where they lie outside its memory. */
export function guestBytes(guest: Guest, at: number, length: number): Uint8Array {
  const view = guest.view();
  const start = at >>> 0;
  const end = start + (length >>> 0);
  if (end > view.length) guest.end(outOfBounds);
  return view.subarray(start, end);
}

/** A copy of the bytes that a guest points to, no longer than the limit. */
export function copyGuestBytes(
  guest: Guest,
  range: {
    readonly at: number;
    readonly length: number;
    readonly max: number;
    readonly what: string;
  },
): Uint8Array {
  const bytes = guestBytes(guest, range.at, range.length);
  if (bytes.length > range.max) guest.end(tooLong(range.what));
  return bytes.slice();
}

const outOfBounds: Ending = {
  kind: "outcome",
  outcome: { kind: "trapped", reason: "out of bounds memory access" },
};

function tooLong(what: string): Ending {
  return { kind: "outcome", outcome: { kind: "trapped", reason: `${what} is too long` } };
}
