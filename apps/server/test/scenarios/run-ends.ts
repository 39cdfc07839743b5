import type { Bedplate } from "@bedplate/sdk";
import { type StateStore, textOfKey } from "@bedplate/state";

/** How long a server gets to end what was accepted. */
const settleMs = 60_000;

/** Whether the run ends as it must within the time. */
export async function hasEnded(client: Bedplate, id: string): Promise<boolean> {
  const deadline = Date.now() + settleMs;
  while (Date.now() < deadline) {
    const run = await untilAnswered(() => client.runs.get(id, { waitMs: 5_000 }));
    if (run.phase === "done") return run.outcome?.kind === "returned";
    if (run.phase !== "queued" && run.phase !== "running") return false;
  }
  return false;
}

/** Asks again while a server or an engine is away: that is no loss. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + settleMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** How many commits ended each run, over the whole history: the store itself tells. */
export async function countEnds(state: StateStore): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  const head = await state.head();
  for await (const { revision, changes } of state.watch({ after: 0 })) {
    for (const { key, entry } of changes) {
      if (entry === null || !textOfKey(key).startsWith("run/")) continue;
      const run = JSON.parse(textOfKey(entry.value)) as { id: string; phase: string };
      if (run.phase === "done") ends.set(run.id, (ends.get(run.id) ?? 0) + 1);
    }
    if (revision >= head) break;
  }
  return ends;
}
