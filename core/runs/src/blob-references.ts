import type { Digest } from "@bedplate/codec";
import type { StateStore } from "@bedplate/state";
import { ArtifactClaims } from "./artifact-claims.ts";
import type { Run } from "./run.ts";
import { RunStore } from "./run-store.ts";
import type { StoredBytes } from "./stored-bytes.ts";

/** Every blob that the record of a run or a project's claim names, some of them more than once. */
export async function* blobReferences(state: StateStore): AsyncGenerator<Digest, void, void> {
  const claims = new ArtifactClaims(state);
  yield* claims.all();
  for await (const run of new RunStore(state, claims).all()) yield* blobsOf(run);
}

/** Its artifact, and what was too long for the record. */
function blobsOf(run: Run): readonly Digest[] {
  const { artifact, input, outcome, events, writes } = run;
  const output = outcome !== undefined && "output" in outcome ? outcome.output : undefined;
  const blobs = [input, output, events, writes].map(blobOf);
  return [artifact, ...blobs.filter((each) => each !== undefined)];
}

function blobOf(stored: StoredBytes | undefined): Digest | undefined {
  return stored !== undefined && "blob" in stored ? stored.blob : undefined;
}
