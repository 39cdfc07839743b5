import type { StateCheck, StateOp, StateStore } from "@bedplate/state";
import type { Machine } from "../machine.ts";
import { holdersMax, type MachineVolume, type Volume } from "./volume.ts";
import { volumeEvent } from "./volume-changes.ts";
import { heldVolume, invalidVolume, missingVolume } from "./volume-faults.ts";
import { volumeTable } from "./volume-tables.ts";

/** Part of a commit. */
export interface VolumeCommit {
  readonly checks: readonly StateCheck<string>[];
  readonly ops: readonly StateOp<string>[];
}

/** That a new machine has its volumes, as part of the commit that makes it. */
export function claimVolumes(
  state: StateStore,
  machine: Machine,
  now: number,
): Promise<VolumeCommit> {
  return changed(state, machine, (volume, mount) => {
    if (volume?.id !== mount.volume) throw missingVolume(mount.name);
    demandFree(volume, mount);
    const { isReadOnly } = mount;
    const holders = [...volume.holders, { machine: machine.id, isReadOnly }];
    const after = { ...volume, holders, edition: volume.edition + 1 };
    const detail = { machine: machine.id, isReadOnly };
    return [after, volumeEvent(state, after, { kind: "mounted", at: now, detail })];
  });
}

/** That a machine which is gone has its volumes no more. */
export function releaseVolumes(
  state: StateStore,
  machine: Machine,
  now: number,
): Promise<VolumeCommit> {
  return changed(state, machine, (volume) => {
    const holders = volume?.holders.filter((each) => each.machine !== machine.id) ?? [];
    if (volume === undefined || holders.length === volume.holders.length) return undefined;
    const after = { ...volume, holders, edition: volume.edition + 1 };
    const detail = { machine: machine.id };
    return [after, volumeEvent(state, after, { kind: "unmounted", at: now, detail })];
  });
}

/** Refuses a machine beside one that writes, and one that writes beside any other. */
export function demandFree(
  volume: Volume,
  { isReadOnly }: Pick<MachineVolume, "isReadOnly">,
): void {
  const other = volume.holders.find((each) => !isReadOnly || !each.isReadOnly);
  if (other !== undefined) throw heldVolume("mount", { volume, by: other.machine });
  if (volume.holders.length < holdersMax) return;
  const rule = `has a volume that ${holdersMax} machines have, which is the most`;
  throw invalidVolume("machines.create", "/volumes", rule);
}

async function changed(
  state: StateStore,
  { project, volumes = [] }: Machine,
  next: (
    volume: Volume | undefined,
    mount: MachineVolume,
  ) => readonly [after: Volume, event: StateOp<string>] | undefined,
): Promise<VolumeCommit> {
  const checks: StateCheck<string>[] = [];
  const ops: StateOp<string>[] = [];
  for (const mount of volumes) {
    const id = `${project}/${mount.name}`;
    const stored = await volumeTable.get(state, id);
    const change = next(stored?.document, mount);
    if (change === undefined || stored === null) continue;
    const [after, event] = change;
    checks.push(volumeTable.at(stored));
    ops.push(volumeTable.put(id, after), event);
  }
  return { checks, ops };
}
