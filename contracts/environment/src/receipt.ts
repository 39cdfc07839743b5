import { CborWriter, type Digest, digestBytes, encodeCbor } from "@bedplate/codec";
import type { Execution, Invocation, StateCredit } from "./facets/invoke.ts";
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
  writer.reset();
  // What has no credits keeps the form that it had before there were any.
  const credits = execution.credits ?? [];
  writer.array(credits.length === 0 ? 13 : 14);
  writer.integer(receiptVersion);
  writer.text(subject.artifact);
  writer.text(subject.profile);
  writeInvocation(invocation);
  writeExecution(execution);
  if (credits.length > 0) writeCredits(credits);
  return digestBytes(writer.bytes);
}

/** Version of the receipt's shape. */
const receiptVersion = 1;

/** One for all: receipts are made one after the other, without waiting in between. */
const writer = new CborWriter();

const hashedMeters = ["fuel", "memoryBytes", "outputBytes", "depth"] as const;

function writeInvocation({ entry, input, budget, pre, now, seed }: Invocation): void {
  writer.text(pre);
  writer.text(entry);
  writer.byteString(input);
  writer.array(hashedMeters.length);
  for (const meter of hashedMeters) writeMaybe(budget[meter]);
  writer.integer(Math.trunc(now));
  writer.byteString(seed);
}

function writeExecution({ outcome, usage, writes, events }: Execution): void {
  writeOutcome(outcome);
  writer.integer(usage.fuel);
  writer.array(writes.length);
  for (const { key, value } of writes) {
    writer.array(2);
    writer.byteString(key);
    if (value === null) writer.null();
    else writer.byteString(value);
  }
  writer.array(events.length);
  for (const { topic, data } of events) {
    writer.array(2);
    writer.text(topic);
    writer.byteString(data);
  }
}

function writeCredits(credits: readonly StateCredit[]): void {
  writer.array(credits.length);
  for (const { key, amount } of credits) {
    writer.array(2);
    writer.byteString(key);
    writer.byteString(amount);
  }
}

function writeOutcome(outcome: Outcome): void {
  writer.array("output" in outcome ? 3 : 2);
  writer.text(outcome.kind);
  if ("output" in outcome) {
    writer.byteString(outcome.output);
    writeMaybe(outcome.exitCode);
  } else {
    writer.text(outcome.kind === "exhausted" ? outcome.meter : outcome.reason);
  }
}

function writeMaybe(value: number | undefined): void {
  if (value === undefined) writer.null();
  else writer.integer(value);
}

/** True when running again must give the same receipt: wall and CPU time are not the guest's doing. */
export function isReplayable(outcome: Outcome): boolean {
  return !(
    outcome.kind === "exhausted" &&
    (outcome.meter === "wallMs" || outcome.meter === "cpuMs")
  );
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
