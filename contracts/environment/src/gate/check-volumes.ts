import { reservedPaths, type VolumeMount, volumeNamePattern, volumesMax } from "../volumes.ts";
import { invalidMember } from "./facet-gate.ts";
import { checkPath, isAmount } from "./machine-bounds.ts";

const name = new RegExp(volumeNamePattern);

/** Refuses volumes that no machine can have: odd names, sizes and places, and two in one place. */
export function checkVolumes(op: string, volumes: readonly VolumeMount[]): void {
  if (volumes.length > volumesMax) {
    const rule = `has more than ${volumesMax} members`;
    throw invalidMember(op, { path: "/volumes", rule, limit: volumesMax });
  }
  for (const [at, mount] of volumes.entries()) {
    checkMount(op, mount, `/volumes/${at}`);
    for (const other of volumes.slice(0, at)) checkBeside(op, mount, { other, at });
  }
}

/** Refuses a place for a volume that is none. */
export function checkVolumePath(op: string, path: string, at: string): void {
  checkPath(op, path, at);
  const refuse = (rule: string) => invalidMember(op, { path: at, rule });
  if (!/^(\/[^/]+)+$/.test(path) || path.split("/").includes(".")) {
    throw refuse("is no absolute path of a folder");
  }
  if (reservedPaths.some((each) => isWithin(path, each))) {
    throw refuse("is where the machine has its own files");
  }
}

/** Refuses a volume's name that is none. */
export function checkVolumeName(op: string, volume: string, at: string): void {
  if (!name.test(volume)) throw invalidMember(op, { path: at, rule: "is no name of a volume" });
}

function checkMount(op: string, { volume, path, bytes }: VolumeMount, at: string): void {
  checkVolumeName(op, volume, `${at}/volume`);
  checkVolumePath(op, path, `${at}/path`);
  if (bytes < 1 || !isAmount(bytes)) {
    throw invalidMember(op, { path: `${at}/bytes`, rule: "is no amount" });
  }
}

function checkBeside(
  op: string,
  { volume, path }: VolumeMount,
  { other, at }: { readonly other: VolumeMount; readonly at: number },
): void {
  const refuse = (member: string, rule: string) =>
    invalidMember(op, { path: `/volumes/${at}/${member}`, rule });
  if (volume === other.volume) throw refuse("volume", "is there twice");
  if (isWithin(path, other.path) || isWithin(other.path, path)) {
    throw refuse("path", "is within another volume, or around one");
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
