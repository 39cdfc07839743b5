import { FaultError, type FaultKind } from "@bedplate/errors";
import type { OutcomeView, RunView, TransactionView } from "@bedplate/routes";

/** What the process answers; documented in docs/reference/cli.md. */
export const exitCodes = {
  success: 0,
  failure: 1,
  usage: 64,
  input: 65,
  missing: 66,
  unavailable: 69,
  internal: 70,
  denied: 77,
  exhausted: 124,
  refused: 126,
  interrupted: 130,
  trapped: 134,
} as const;

/** When each one is answered, for people. */
export const exitCodeMeanings: { readonly [K in keyof typeof exitCodes]: string } = {
  success: "the command did what it says; a program ended with 0",
  failure: "a program failed; a replay differs",
  usage: "the command line cannot be understood",
  input: "something that was given is wrong: an artifact, an argument, a file's form",
  missing: "there is no such file, run, slot, release or server",
  unavailable: "an environment, a provider or the server cannot do it now, or a limit is reached",
  internal: "a bug, or damaged data",
  denied: "the key is missing, invalid, or too weak",
  exhausted: "a program used up its budget",
  refused: "the environment refused the program",
  interrupted: "Ctrl-C, or the run was cancelled",
  trapped: "a program broke a rule of its machine",
};

const byKind: { readonly [K in FaultKind]: number } = {
  invalid: exitCodes.input,
  exists: exitCodes.input,
  precondition: exitCodes.input,
  conflict: exitCodes.input,
  not_found: exitCodes.missing,
  denied: exitCodes.denied,
  unauthenticated: exitCodes.denied,
  exhausted: exitCodes.unavailable,
  timeout: exitCodes.unavailable,
  cancelled: exitCodes.interrupted,
  unavailable: exitCodes.unavailable,
  unsupported: exitCodes.unavailable,
  incompatible: exitCodes.unavailable,
  corrupt: exitCodes.internal,
  internal: exitCodes.internal,
};

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof FaultError
    ? byKind[(error as FaultError).fault.kind]
    : exitCodes.internal;
}

/** The exit code of a run that has ended: the guest's own where it has one. */
export function exitCodeOfRun(run: RunView): number {
  if (run.phase === "cancelled") return exitCodes.interrupted;
  if (run.phase !== "done" || run.outcome === undefined) {
    return run.fault === undefined ? exitCodes.internal : byKind[run.fault.kind];
  }
  return exitCodeOfOutcome(run.outcome);
}

/** The exit code of a transaction: that of its outcome; one that waits was accepted. */
export function exitCodeOfTransaction({ phase, receipt, fault }: TransactionView): number {
  if (phase === "waiting") return exitCodes.success;
  if (receipt !== undefined) return exitCodeOfOutcome(receipt.outcome);
  if (phase === "dropped") return exitCodes.refused;
  return fault === undefined ? exitCodes.failure : byKind[fault.kind];
}

function exitCodeOfOutcome(outcome: OutcomeView): number {
  switch (outcome.kind) {
    case "returned":
      return exitCodes.success;
    case "reverted":
      return guestCode(outcome.exitCode);
    case "trapped":
      return exitCodes.trapped;
    case "exhausted":
      return exitCodes.exhausted;
    case "refused":
      return exitCodes.refused;
  }
}

/** A failed guest never looks like a success. */
function guestCode(code: number | undefined): number {
  const low = (code ?? 1) & 0xff;
  return low === 0 ? exitCodes.failure : low;
}
