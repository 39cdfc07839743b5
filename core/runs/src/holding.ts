import { isFault } from "@bedplate/errors";
import type { Run } from "./run.ts";
import type { RunStore } from "./run-store.ts";
import type { RunsModules } from "./runs-modules.ts";

/** A replica says so often that it still executes a run whose caller waits. */
export const holdEveryMs = 10_000;
/** After this long without a word the run is anybody's. */
export const holdMs = 30_000;

interface HoldOptions {
  /** Aborted when a cancel was asked for. */
  readonly cancel: AbortController;
  readonly modules: Pick<RunsModules, "clock" | "log" | "replica">;
  readonly store: RunStore;
}

/** Renews a hold until it is disposed, and looks for an asked cancel each time. */
export function keepHold(run: Pick<Run, "id" | "project">, options: HoldOptions): AsyncDisposable {
  const over = new AbortController();
  const keeping = renewUntilOver(run, { ...options, over: over.signal });
  return {
    [Symbol.asyncDispose]: async () => {
      // A reason of our own: without one, each abort makes an exception with its stack.
      over.abort("over");
      await keeping;
    },
  };
}

async function renewUntilOver(
  run: Pick<Run, "id" | "project">,
  options: HoldOptions & { readonly over: AbortSignal },
): Promise<void> {
  const { cancel, modules, over, store } = options;
  const { clock, replica } = modules;
  for (;;) {
    await clock.sleep(holdEveryMs, { signal: over }).catch(() => {});
    if (over.aborted) return;
    try {
      await store.hold(run, { replica, until: clock.now() + holdMs });
      if (await store.isCancelAsked(run.id)) return cancel.abort();
    } catch (error) {
      if (!isFault(error)) throw error;
      modules.log.warn("hold not renewed", { runId: run.id, reason: error.fault.code });
    }
  }
}
