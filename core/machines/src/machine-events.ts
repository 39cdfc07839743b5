import { raise } from "@bedplate/errors";
import { textOfKey } from "@bedplate/state";
import type { MachineEvent } from "./machine-event.ts";
import { eventTable } from "./machine-tables.ts";
import type { MachinesModules } from "./machines-modules.ts";

/** Which events to tell. */
export interface EventFilter {
  readonly project: string;
  /** Default: of all the project's machines; those come only from now on. */
  readonly machine?: string | undefined;
  /** Only later ones than this id. */
  readonly after?: string | undefined;
  /** Go on until the signal aborts. */
  readonly isFollowed: boolean;
  readonly signal: AbortSignal;
}

/** What happened to machines, in order; with `isFollowed`, what happens. */
export async function* tellEvents(
  { state }: Pick<MachinesModules, "state">,
  filter: EventFilter,
): AsyncGenerator<MachineEvent, void, void> {
  const { project, machine, after = "", isFollowed, signal } = filter;
  if (machine === undefined && !isFollowed) throw needsMachine();
  const prefix = eventTable.key(machine === undefined ? `${project}/` : `${project}/${machine}/`);
  const head = await state.head();
  if (machine !== undefined) {
    for await (const entry of state.listAll({ prefix, at: undefined })) {
      if (entry.revision > head) continue;
      const event = eventTable.read(entry).document;
      if (event.id > after) yield event;
    }
  }
  if (!isFollowed) return;
  try {
    for await (const commit of state.watch({ after: head, prefix }, { signal })) {
      for (const { key, entry } of commit.changes) {
        if (entry === null || !textOfKey(key).startsWith(prefix)) continue;
        yield eventTable.read(entry).document;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function needsMachine(): Error {
  return raise("argument.invalid", {
    op: "machines.events",
    detail: { path: "/follow", rule: "is needed without a machine" },
    message: "Cannot tell all events of a project: only follow them, or name a machine",
  });
}
