import { basename } from "node:path";
import type { Directive } from "../launch/warden.ts";
import { contentFolder } from "../volumes/volume-image.ts";
import { volumeImage } from "../volumes/volumes.ts";
import { cgroupName } from "./cgroup-name.ts";
import type { Ground } from "./ground.ts";
import type { MachineFolder, MountPlaces } from "./machine-folder.ts";
import type { MachineRecord } from "./machine-record.ts";

/** The orders for a machine's warden, after those that are the same for every machine of its berth. */
export function launchPlan(
  ground: Ground,
  machine: {
    readonly record: MachineRecord;
    readonly folder: MachineFolder;
    /** The disk is where it belongs already. */
    readonly hasDisk: boolean;
    /** The runtime's process is in the machine's cgroups already. */
    readonly isJoined: boolean;
  },
): readonly Directive[] {
  const { record, folder, isJoined } = machine;
  const isShifted = record.runtime !== "runsc";
  const cgroups = ground.cgroups.foldersToJoin(cgroupName(record));
  return [
    ...(isJoined ? [] : cgroups.map((path) => ["cgroup", path] as const)),
    ...writableMounts(machine),
    ...rootMounts(machine),
    ...hostFolderMounts(ground, machine),
    ...volumeMounts(ground, machine),
    ...(ground.hidden === undefined ? [] : [["hide", ground.hidden] as const]),
    ...(isShifted ? [["listen", folder.socket] as const] : []),
    ["pid", folder.pid],
    ["exit", folder.exit],
  ];
}

type Machine = Parameters<typeof launchPlan>[1];

/** Ids on disk begin at 0; the mount shows them as the machine's own, wherever it is restored. */
function placed({ record }: Machine): "shift" | "bind" {
  return record.runtime === "runsc" ? "bind" : "shift";
}

function writableMounts(machine: Machine): readonly Directive[] {
  const { record, folder, hasDisk } = machine;
  const { disk, data } = folder.mounts;
  const shift = [placed(machine), disk, data, "rw"] as const;
  if (hasDisk) return [shift];
  if (record.config.writes !== "memory") return [["loop", folder.disk, disk], shift];
  const { diskBytes, inodes } = record.caps;
  return [
    ["tmpfs", disk, `size=${diskBytes},nr_inodes=${inodes},mode=755`],
    ["folder", `${disk}/upper`, "755"],
    ["folder", `${disk}/work`, "700"],
    shift,
  ];
}

function rootMounts(machine: Machine): readonly Directive[] {
  const { record, folder } = machine;
  const { mounts } = folder;
  const verb = placed(machine);
  const layers = record.layers.map(
    (path, index) => [verb, path, mounts.layer(index), "ro"] as const,
  );
  const host = record.usesHost ? [[verb, "/usr", mounts.usr, "ro"] as const] : [];
  return [
    ...layers,
    ...host,
    ["overlay", mounts.root, overlayOptions(record.layers.length, mounts)],
  ];
}

// Features that keep more than files and whiteouts in the upper layer are off: it has to make sense
// to another kernel too.
function overlayOptions(layers: number, mounts: MountPlaces): string {
  const lower = Array.from({ length: layers }, (_, index) =>
    basename(mounts.layer(index)),
  ).toReversed();
  return [
    `lowerdir=${lower.join(":")}`,
    `upperdir=${mounts.data}/upper`,
    `workdir=${mounts.data}/work`,
    "redirect_dir=off,index=off,metacopy=off,xino=off",
  ].join(",");
}

function hostFolderMounts(ground: Ground, machine: Machine): readonly Directive[] {
  const { record, folder } = machine;
  return (record.config.hostFolders ?? []).map(({ name, isReadOnly }, index) => {
    const source = ground.config.hostFolders[name] ?? "";
    const target = folder.mounts.hostFolder(index);
    return [placed(machine), source, target, isReadOnly === true ? "ro" : "rw"];
  });
}

function volumeMounts(ground: Ground, machine: Machine): readonly Directive[] {
  const { record, folder } = machine;
  const { mark, config } = ground;
  return (record.volumes ?? []).flatMap(({ volume, isReadOnly }, index): readonly Directive[] => {
    const image = volumeImage({ dataFolder: config.dataFolder, mark }, volume);
    const disk = folder.mounts.volumeDisk(index);
    const source = `${disk}/${contentFolder}`;
    return [
      [isReadOnly ? "look" : "loop", image, disk],
      [placed(machine), source, folder.mounts.volume(index), isReadOnly ? "ro" : "rw"],
    ];
  });
}
