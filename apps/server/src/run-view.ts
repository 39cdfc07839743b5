import { releaseId } from "@bedplate/registry";
import type { BytesView, OutcomeView, RunView } from "@bedplate/routes";
import type { Run, RunOutcome, StoredBytes } from "@bedplate/runs";

/** A run as callers see it. */
export function viewRun(run: Run): RunView {
  return {
    id: run.id,
    project: run.project,
    slot: run.slot,
    release: releaseId(run.release),
    build: run.release.build,
    artifact: run.artifact,
    ...given("name", run.artifactName),
    entry: run.entry,
    config: run.config,
    budget: run.budget,
    priority: run.priority,
    labels: run.labels,
    phase: run.phase,
    attempts: run.attempts,
    createdAt: run.createdAt,
    ...given("startedAt", run.startedAt),
    ...given("finishedAt", run.finishedAt),
    ...given("outcome", run.outcome && viewOutcome(run.outcome)),
    ...given("usage", run.usage),
    ...given("receipt", run.receipt),
    ...given("fault", run.fault),
  };
}

/** Bytes in JSON: as text where they are one. */
export function viewBytes(bytes: Uint8Array): BytesView {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}

/** The bytes of what came in JSON. */
export function bytesOf(view: BytesView): Uint8Array {
  return "text" in view ? Buffer.from(view.text) : Buffer.from(view.base64, "base64");
}

function viewOutcome(outcome: RunOutcome): OutcomeView {
  if (!("output" in outcome)) return outcome;
  const { kind, exitCode, output } = outcome;
  return { kind, ...given("exitCode", exitCode), ...given("output", viewStored(output)) };
}

function viewStored(stored: StoredBytes): BytesView | undefined {
  return "base64" in stored ? viewBytes(Buffer.from(stored.base64, "base64")) : undefined;
}

/** A member that is left out where it is undefined. */
export function given<K extends string, T>(
  name: K,
  value: T | undefined,
): { readonly [N in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: T };
}
