import type { QueuedRuns } from "./queued-runs.ts";
import { hasEnded } from "./run.ts";
import type { RunStore } from "./run-store.ts";

/**
 * Puts every run that has not ended into the queue. A job that is there already stays as it is, so
 * this is harmless while other replicas work; a run whose replica died is executed again, which
 * changes nothing outside because effects are captured.
 */
export async function recoverRuns(
  store: RunStore,
  options: { readonly queued: Pick<QueuedRuns, "enqueue"> },
): Promise<number> {
  let count = 0;
  for await (const { project, id } of store.open()) {
    const { document } = await store.get(project, id);
    if (hasEnded(document)) continue;
    await options.queued.enqueue(document);
    count++;
  }
  return count;
}
