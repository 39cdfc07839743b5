import type { StateEntry, StateStore } from "@bedplate/state";
import type { ProjectEvent } from "./project-event.ts";

/** Records whose changes are events. */
export interface EventSource {
  /** One small letter: begins the ids of its events, and its part of a position. */
  readonly mark: string;
  readonly state: StateStore;
  /** Begins the keys of its entries; the project and a slash follow. */
  readonly prefix: string;
  /** What a written entry tells; undefined for nothing. */
  read(entry: StateEntry): Omit<ProjectEvent, "id"> | undefined;
}

/** The events of one commit. */
export interface EventGroup {
  readonly revision: number;
  readonly events: readonly ProjectEvent[];
}

/** The events of an entry that a commit wrote, with the id that they have for good. */
export function eventOf(
  source: EventSource,
  entry: StateEntry,
  { index, epoch }: { readonly index: number; readonly epoch: string },
): ProjectEvent | undefined {
  const told = source.read(entry);
  if (told === undefined) return undefined;
  const revision = String(entry.revision).padStart(15, "0");
  const place = `${source.mark}${revision}_${String(index).padStart(4, "0")}`;
  return { id: epoch === "" ? `evt_${place}` : `evt_${place}_${epoch}`, ...told };
}
