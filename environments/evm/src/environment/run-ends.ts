import { type Execution, noUsage, type Outcome } from "@bedplate/environment";
import type { StopReason } from "../engine.ts";

/**
 * How a top-level message failed. All failures are one: the gas is gone, and which rule was broken first is
 * no part of what engines agree on.
 */
export const halted: Outcome = { kind: "exhausted", meter: "fuel" };

/** What the host stopped, as an outcome. */
export function endOfStop(reason: StopReason): Outcome {
  const meters = {
    deadline: "wallMs",
    memoryLimit: "memoryBytes",
    outputLimit: "outputBytes",
  } as const;
  return { kind: "exhausted", meter: meters[reason] };
}

/** An execution that left nothing. */
export function emptyExecution(outcome: Outcome, fuel = 0): Execution {
  return { outcome, usage: { ...noUsage, fuel }, writes: [], events: [] };
}
