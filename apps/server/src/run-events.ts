import type { EventView } from "@bedplate/routes";
import { type Run, runSchema } from "@bedplate/runs";
import { type StateStore, textOfKey } from "@bedplate/state";

/** What happens to a project's runs from now on, read from the commits themselves. */
export async function* followRuns(
  state: StateStore,
  options: { readonly project: string; readonly signal: AbortSignal },
): AsyncGenerator<EventView, void, void> {
  const { project, signal } = options;
  const prefix = `run/${project}/`;
  try {
    for await (const commit of state.watch({ after: await state.head(), prefix }, { signal })) {
      for (const { key, entry } of commit.changes) {
        if (entry === null || !textOfKey(key).startsWith(prefix)) continue;
        const run = runSchema.parse(JSON.parse(textOfKey(entry.value)));
        yield eventOf(run, commit.revision);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function eventOf(run: Run, revision: number): EventView {
  const at = run.finishedAt ?? run.startedAt ?? run.createdAt;
  const detail = { slot: run.slot, ...(run.outcome && { outcome: run.outcome.kind }) };
  return { id: String(revision), at, action: `run-${run.phase}`, subject: `run/${run.id}`, detail };
}
