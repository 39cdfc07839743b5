import type { Call, Invocation } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** An entry that the artifact has not. */
export function unknownEntry(entry: string, known: readonly string[]): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path: "/entry", rule: `must be one of ${known.join(", ")}` },
    message: `Cannot invoke ${entry}: there are ${known.join(", ")}`,
  });
}

/** An input that the entry cannot read. */
export function badInput(rule: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path: "/input", rule },
    message: `Cannot invoke: the input ${rule}`,
    ...(cause !== undefined && { cause }),
  });
}

/** When a run has to end, on the clock of `performance.now()`: by its budget, or by the call's deadline. */
export function deadlineOf({ budget }: Invocation, call: Call): number {
  const left = Math.max(0, call.deadlineAt - Date.now());
  return performance.now() + Math.min(budget.wallMs ?? Number.POSITIVE_INFINITY, left);
}
