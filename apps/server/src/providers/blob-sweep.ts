import type { BlobStore } from "@bedplate/blob";
import type { Clock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { Log } from "@bedplate/telemetry";

/** How often what writes left that never ended is looked for. */
const sweepEveryMs = 6 * 60 * 60 * 1_000;

interface SweepModules {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Frees what writes left that never ended: at once, and then every six hours. */
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

async function sweepUntil(signal: AbortSignal, { blobs, clock, log }: SweepModules): Promise<void> {
  while (!signal.aborted) {
    try {
      await blobs.sweep({ signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!isFault(error)) throw error;
      log.warn("blobs not swept", { reason: error.fault.code });
    }
    await clock.sleep(sweepEveryMs, { signal }).catch(() => {});
  }
}
