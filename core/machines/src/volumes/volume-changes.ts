import type { StateOp, StateStore } from "@bedplate/state";
import { eventsKeptMs } from "../machine-event.ts";
import type { Volume, VolumeEvent } from "./volume.ts";
import type { ErasingVolume } from "./volume-tables.ts";
import { volumeEventTable } from "./volume-tables.ts";

/** Ends by itself, where the store can do that. */
export function ending(state: StateStore, op: StateOp<string>, ttlMs: number): StateOp<string> {
  const { ttl } = state.capabilities;
  if (ttl === undefined || !("put" in op)) return op;
  return { ...op, ttlMs: Math.min(ttlMs, ttl.ttlMsMax) };
}

/** That something happened to a volume. */
export function volumeEvent(
  state: StateStore,
  volume: Pick<Volume, "id" | "project" | "name"> & Partial<Pick<Volume, "edition">>,
  event: Pick<VolumeEvent, "kind" | "at"> & Partial<Pick<VolumeEvent, "detail">>,
): StateOp<string> {
  const { id, project, name } = volume;
  // What comes after the last edition is that it is erased.
  const edition = String(volume.edition ?? lastEdition).padStart(10, "0");
  const { kind, at, detail = {} } = event;
  const told: VolumeEvent = { project, volume: name, kind, at, detail };
  const op = volumeEventTable.put(`${project}/${id}-${edition}-${kind}`, told);
  return ending(state, op, eventsKeptMs);
}

const lastEdition = 9_999_999_999;

/** What is left of a volume when its record is gone. */
export function erasingOf({ id, project, name, slot, node, bytes }: Volume): ErasingVolume {
  return { id, project, name, slot, node, bytes };
}
