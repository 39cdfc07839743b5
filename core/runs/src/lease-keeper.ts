import { isFault } from "@bedplate/errors";
import type { LeasedJob } from "@bedplate/queue";
import type { RunStore } from "./run-store.ts";
import type { RunsModules } from "./runs-modules.ts";

/** A lease that is extended until it is disposed. */
export interface KeptLease extends AsyncDisposable {
  /** True when the queue said that somebody else may hold the job. */
  isLost(): boolean;
}

interface KeepOptions {
  /** Aborted when the lease is lost, or when a cancel was asked for. */
  readonly cancel: AbortController;
  readonly durationMs: number;
  readonly modules: Pick<RunsModules, "clock" | "queue" | "log">;
  readonly store: RunStore;
}

/** Extends a lease three times before it would end, and looks for an asked cancel each time. */
export function keepLease(job: LeasedJob, options: KeepOptions): KeptLease {
  const over = new AbortController();
  const state = { isLost: false };
  const keeping = extendUntilOver(job, { ...options, over: over.signal, state });
  return {
    isLost: () => state.isLost,
    [Symbol.asyncDispose]: async () => {
      // A reason of our own: without one, each abort makes an exception with its stack.
      over.abort("over");
      await keeping;
    },
  };
}

async function extendUntilOver(
  job: LeasedJob,
  options: KeepOptions & { readonly over: AbortSignal; readonly state: { isLost: boolean } },
): Promise<void> {
  const { cancel, durationMs, modules, over, state, store } = options;
  for (;;) {
    await modules.clock.sleep(durationMs / 3, { signal: over }).catch(() => {});
    if (over.aborted) return;
    try {
      const [answer] = await modules.queue.extend([job], { durationMs });
      state.isLost = answer?.ok === false;
      if (state.isLost || (await store.isCancelAsked(job.id))) return cancel.abort();
    } catch (error) {
      if (!isFault(error)) throw error;
      modules.log.warn("lease not extended", { runId: job.id, reason: error.fault.code });
    }
  }
}
