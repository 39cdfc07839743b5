import type { Digest } from "@bedplate/codec";
import type { SnapshotManifest } from "@bedplate/environment";
import type { StateStore } from "@bedplate/state";
import { machineTable, snapshotTable } from "./machine-tables.ts";

/** Every blob that a machine or a snapshot needs, some of them more than once. */
export async function* machineReferences(state: StateStore): AsyncGenerator<Digest, void, void> {
  for await (const entry of state.listAll({ prefix: machineTable.key("") })) {
    const { artifact, source } = machineTable.read(entry).document;
    yield artifact;
    if (source !== undefined) yield* chunksOf(source.manifest);
  }
  for await (const entry of state.listAll({ prefix: snapshotTable.key("") })) {
    const { artifact, manifest } = snapshotTable.read(entry).document;
    yield artifact;
    yield* chunksOf(manifest);
  }
}

function chunksOf({ chunks }: SnapshotManifest): readonly Digest[] {
  return chunks.map(({ digest }) => digest);
}
