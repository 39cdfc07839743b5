import type { Outcome } from "@bedplate/environment";

/** Thrown through the guest's frames to end a run at once; no guest can catch it. */
export class Ending extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(`The run ends: ${outcome.kind}`);
    this.name = "Ending";
    this.outcome = outcome;
  }
}

/** An ending because a bound was reached. */
export function exhausted(meter: "fuel" | "wallMs" | "memoryBytes" | "outputBytes"): Ending {
  return new Ending({ kind: "exhausted", meter });
}
