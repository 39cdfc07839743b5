import type { BlobStore } from "@bedplate/blob";
import type { Executed, Outcome } from "@bedplate/environment";
import type { Fault } from "@bedplate/errors";
import type { ReleaseRef } from "@bedplate/registry";
import { encodeEvents, encodeWrites } from "./events-codec.ts";
import type { Run, RunOutcome } from "./run.ts";
import { keepBytes } from "./stored-bytes.ts";

/** A run that has its outcome. */
export async function endDone(
  run: Run,
  end: {
    readonly executed: Executed;
    readonly release: ReleaseRef;
    readonly at: number;
    readonly blobs: BlobStore;
  },
): Promise<Run> {
  const { executed, release, at, blobs } = end;
  const { usage, receipt, events, writes } = executed;
  return {
    ...run,
    phase: "done",
    release,
    finishedAt: at,
    outcome: await keepOutcome(executed.outcome, blobs),
    usage: { ...usage, wallMs: round(usage.wallMs), cpuMs: round(usage.cpuMs) },
    receipt,
    ...(events.length > 0 && { events: await keepBytes(blobs, encodeEvents(events)) }),
    ...(writes.length > 0 && { writes: await keepBytes(blobs, encodeWrites(writes)) }),
  };
}

/** A run that the platform could not finish. */
export function endFailed(run: Run, end: { readonly fault: Fault; readonly at: number }): Run {
  return { ...run, phase: "failed", fault: end.fault, finishedAt: end.at };
}

/** A run that its owner took back. */
export function endCancelled(run: Run, at: number): Run {
  return { ...run, phase: "cancelled", finishedAt: at };
}

async function keepOutcome(outcome: Outcome, blobs: BlobStore): Promise<RunOutcome> {
  if (outcome.kind !== "returned" && outcome.kind !== "reverted") return outcome;
  const output = await keepBytes(blobs, outcome.output);
  const { kind, exitCode } = outcome;
  return { kind, output, ...(exitCode !== undefined && { exitCode }) };
}

/** To the microsecond: more digits are noise. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
