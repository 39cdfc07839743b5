import type { Outcome } from "@bedplate/environment";
import type { CallEnd } from "@bedplate/wasm-module";
import { printResults } from "../arguments/print-results.ts";
import type { Entry, EntryKind } from "../artifact/entry.ts";
import type { Attempt } from "./attempt.ts";

const nothing = new Uint8Array();
const encoder = new TextEncoder();

/** What an entry that came back gave. The output budget holds for it too. */
export function outcomeOfReturn(attempt: Attempt, entry: Entry, given: unknown): Outcome {
  if (entry.kind === "contract") return { kind: "returned", output: attempt.result };
  if (entry.kind === "command") return { kind: "returned", output: nothing, exitCode: 0 };
  const output = encoder.encode(printResults(given, entry.signature.results));
  if (!attempt.output.setResultBytes(output.length)) {
    return { kind: "exhausted", meter: "outputBytes" };
  }
  return { kind: "returned", output, exitCode: 0 };
}

/** What became of an entry that did not come back, where the host did not end it. */
export function outcomeOfFailure(kind: EntryKind, end: CallFailure): Outcome {
  switch (end.kind) {
    case "out-of-fuel":
      return { kind: "exhausted", meter: "fuel" };
    case "too-deep":
      return { kind: "exhausted", meter: "depth" };
    case "trapped":
      return { kind: "trapped", reason: end.reason };
    case "stopped":
      return { kind: "trapped", reason: "stopped" };
    case "threw":
      return kind === "contract"
        ? { kind: "reverted", output: nothing }
        : { kind: "reverted", output: nothing, exitCode: 1 };
  }
}

/** How a call ended that did not return. */
export type CallFailure = Exclude<CallEnd, { readonly kind: "returned" }>;

/**
 * A guest that was denied memory may cope, and then nothing happened. Where it gives up instead, by
 * a trap, an abort or a failing exit, the budget is the reason.
 */
export function blameMemory(outcome: Outcome, wasDenied: boolean): Outcome {
  const gaveUp = outcome.kind === "trapped" || outcome.kind === "reverted";
  return wasDenied && gaveUp ? { kind: "exhausted", meter: "memoryBytes" } : outcome;
}
