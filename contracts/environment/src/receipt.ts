import { type Digest, digestBytes, digestValue, encodeCbor } from "@bedplate/codec";
import type { Execution, Invocation } from "./facets/invoke.ts";
import type { Outcome } from "./outcome.ts";

/** What else determines a run. */
export interface ReceiptSubject {
  readonly artifact: Digest;
  /** Digest of the environment's profile and of the instance config that it ran under. */
  readonly profile: Digest;
}

/** The digest of a guest that reads no state. */
export const emptyState: Digest = digestBytes(new Uint8Array());

/** Hash of everything that determined a run, and of everything it did. */
export function receiptOf(
  subject: ReceiptSubject,
  invocation: Invocation,
  execution: Execution,
): Digest {
  const { entry, input, budget, pre, now, seed } = invocation;
  const { outcome, usage, writes, events } = execution;
  return digestValue([
    1,
    subject.artifact,
    subject.profile,
    pre,
    entry,
    input,
    [
      budget.fuel ?? null,
      budget.memoryBytes ?? null,
      budget.outputBytes ?? null,
      budget.depth ?? null,
    ],
    Math.trunc(now),
    seed,
    outcomeValue(outcome),
    usage.fuel,
    writes.map(({ key, value }) => [key, value]),
    events.map(({ topic, data }) => [topic, data]),
  ]);
}

/** True when running again must give the same receipt: wall and CPU time are not the guest's doing. */
export function isReplayable(outcome: Outcome): boolean {
  return !(
    outcome.kind === "exhausted" &&
    (outcome.meter === "wallMs" || outcome.meter === "cpuMs")
  );
}

function outcomeValue(outcome: Outcome): readonly (string | number | null | Uint8Array)[] {
  switch (outcome.kind) {
    case "returned":
    case "reverted":
      return [outcome.kind, outcome.output, outcome.exitCode ?? null];
    case "trapped":
    case "refused":
      return [outcome.kind, outcome.reason];
    case "exhausted":
      return [outcome.kind, outcome.meter];
  }
}

/** Digest of a profile and an instance config, for `ReceiptSubject.profile`. */
export function profileDigest(profile: object, config: object): Digest {
  return digestBytes(encodeCbor(["profile", JSON.stringify(sortKeys([profile, config]))]));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, sortKeys(each)]),
  );
}
