import type { BlobStore } from "@bedplate/blob";
import type { Clock } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import { isFault } from "@bedplate/errors";
import type { Log } from "@bedplate/telemetry";
import { markReferences } from "./reference-marks.ts";

/** How often what writes left that never ended is looked for. */
const sweepEveryMs = 6 * 60 * 60 * 1_000;

/** Content that is younger may be about to be referred to. */
export const orphanGraceMs: number = 24 * 60 * 60 * 1_000;

/**
 * How long marks count. Half of the grace: what was old enough to go was old when the marks were made,
 * by far more than a writer takes from its content to its reference.
 */
const marksMsMax = orphanGraceMs / 2;

export interface SweepModules {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Every blob that a record names; each domain that keeps content in blobs brings one of these. */
  readonly references: readonly (() => AsyncIterable<Digest>)[];
}

/** Frees what nothing needs: at once, and then every six hours. */
export function sweepBlobs(modules: SweepModules): AsyncDisposable {
  const stopping = new AbortController();
  const sweeping = sweepUntil(stopping.signal, modules);
  return {
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return sweeping;
    },
  };
}

async function sweepUntil(signal: AbortSignal, modules: SweepModules): Promise<void> {
  const { clock, log } = modules;
  while (!signal.aborted) {
    try {
      await sweepOnce(modules, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isFault(error)) throw error;
      log.warn("blobs not swept", { reason: error.fault.code });
    }
    await clock.sleep(sweepEveryMs, { signal }).catch(() => {});
  }
}

/** Frees what writes left that never ended, and content that a crash left without its record. */
export async function sweepOnce(modules: SweepModules, signal: AbortSignal): Promise<void> {
  const { blobs, log } = modules;
  await blobs.sweep({ signal });
  // Without deletes that demand a version, content that is stored again meanwhile could be lost.
  if (blobs.capabilities.conditionalDelete !== true) return;
  const marks = await markReferences(modules.references, signal);
  const { examined, deleted } = await blobs.deleteUnreferenced(
    { graceMs: orphanGraceMs, findReferenced: async (keys) => marks.among(keys) },
    { signal: AbortSignal.any([signal, AbortSignal.timeout(marksMsMax)]) },
  );
  if (deleted > 0) log.info("orphaned blobs deleted", { examined, deleted });
}
