import { join } from "node:path";
import { BlobStore } from "@bedplate/blob";
import { openFileBlob } from "@bedplate/blob-fs";
import { systemClock } from "@bedplate/clock";
import { type Digest, digestBytes } from "@bedplate/codec";
import { blobReferences } from "@bedplate/runs";
import type { StateStore } from "@bedplate/state";
import { silentLog } from "@bedplate/telemetry";
import { orphanGraceMs, sweepOnce } from "../../src/providers/blob-sweep.ts";

/** What the sweep of two days later made of the blobs that crashes left. */
export interface SweepReport {
  /** Content before the sweep that no record named. */
  readonly orphans: number;
  /** The same after it. */
  readonly orphansLeft: number;
  /** Artifacts of accepted runs that went with it, or differ. */
  readonly artifactsLost: number;
}

/** Sweeps a folder of blobs whose servers have stopped, with a clock that is ahead. */
export async function sweepOrphans(
  folder: string,
  options: { readonly runState: StateStore; readonly artifacts: readonly Uint8Array[] },
): Promise<SweepReport> {
  const { runState, artifacts } = options;
  const clock = { ...systemClock, now: () => Date.now() + 2 * orphanGraceMs };
  await using blobs = new BlobStore(await openFileBlob({ path: join(folder, "blobs") }), { clock });
  const references = () => blobReferences(runState);
  const orphans = await countOrphans(blobs, references);
  const signal = AbortSignal.timeout(10 * 60_000);
  await sweepOnce({ blobs, clock, log: silentLog, references: [references] }, signal);
  const orphansLeft = await countOrphans(blobs, references);
  let artifactsLost = 0;
  for (const artifact of artifacts) {
    const stored = await blobs.get(digestBytes(artifact), { bytesMax: 2 ** 20 });
    if (stored === null || Buffer.compare(stored, artifact) !== 0) artifactsLost++;
  }
  return { orphans, orphansLeft, artifactsLost };
}

async function countOrphans(
  blobs: BlobStore,
  references: () => AsyncIterable<Digest>,
): Promise<number> {
  const named = new Set<string>();
  for await (const digest of references()) named.add(digest);
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await blobs.list({ prefix: "sha256:", cursor });
    count += page.blobs.filter(({ key }) => !named.has(key as Digest)).length;
    cursor = page.next;
  } while (cursor !== undefined);
  return count;
}
