import type { Digest } from "@bedplate/codec";
import { isReplayable } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { Executor } from "./executor.ts";
import type { Run, RunOutcome } from "./run.ts";
import type { RunsModules } from "./runs-modules.ts";
import { readBytes } from "./stored-bytes.ts";

/** What came of executing a run again. */
export interface Replay {
  readonly isSame: boolean;
  readonly recorded: Digest;
  readonly replayed: Digest;
}

/** Executes a recorded run again on the release that executed it, and compares receipts. Stores nothing. */
export async function replayRun(
  run: Run,
  options: { readonly modules: RunsModules; readonly signal: AbortSignal },
): Promise<Replay> {
  const { modules, signal } = options;
  const recorded = demandReplayable(run);
  const input = await readBytes(modules.blobs, run.input);
  using use = await modules.registry.slots.useRelease(run.release);
  if (use.release.build !== run.release.build) throw otherBuild(run, use.release.build);
  const executed = await new Executor(modules).execute(use, run, { input, signal });
  return { isSame: executed.receipt === recorded, recorded, replayed: executed.receipt };
}

function demandReplayable(run: Run): Digest {
  const { receipt, outcome } = run;
  if (receipt === undefined || outcome === undefined)
    throw notReplayable(run, `it is ${run.phase}`);
  if (!isBoundByGuest(outcome)) throw notReplayable(run, "it ended by the wall clock");
  if (run.config["profile"] === "normal") {
    throw notReplayable(run, "it saw the real clock and chance");
  }
  return receipt;
}

function isBoundByGuest(outcome: RunOutcome): boolean {
  return outcome.kind !== "exhausted" || isReplayable(outcome);
}

function notReplayable(run: Run, why: string): Error {
  return raise("argument.invalid", {
    op: "runs.replay",
    subject: `run/${run.id}`,
    detail: { path: "/id", rule: why },
    message: `Cannot replay run/${run.id}: ${why}`,
  });
}

function otherBuild(run: Run, actual: string): Error {
  return raise("digest.mismatch", {
    op: "runs.replay",
    subject: `run/${run.id}`,
    detail: { expected: run.release.build, actual },
    message: `Cannot replay run/${run.id}: this host has another build of its release`,
  });
}
