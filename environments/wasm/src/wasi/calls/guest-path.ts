import { errno, fail } from "../errno.ts";
import type { Descriptor } from "../file-system/descriptor-table.ts";
import type { NameIn } from "../file-system/file-system.ts";
import { readPath } from "../file-system/path-name.ts";
import { type LastLink, type Place, walkPath } from "../file-system/path-walk.ts";
import type { WasiContext } from "../wasi-context.ts";
import { pathPartUnits, pathUnits } from "../work-units.ts";

/** A path as the guest passes it: relative to a descriptor that must have some rights. */
export interface GuestPath {
  readonly fd: number;
  readonly path: number;
  readonly length: number;
  readonly rights: number;
  readonly lastLink: LastLink;
}

/** Walks a guest's path from its descriptor. */
export function walkGuestPath(context: WasiContext, at: GuestPath): Place {
  const { limits } = context;
  context.spend(pathUnits);
  const base = directoryOf(context.descriptors.get(at.fd), at.rights);
  const path = readPath(context.view.bytes(at.path, at.length), limits);
  return walkPath(path, {
    base,
    lastLink: at.lastLink,
    limits,
    onParts: (count) => context.spend(count * pathPartUnits),
  });
}

/** The place as a name that can be created, moved or removed; `.` and `..` cannot. */
export function nameIn(place: Place): NameIn {
  const { parent, name } = place;
  return name === undefined ? fail(errno.inval) : { parent, name };
}

function directoryOf(
  descriptor: Descriptor,
  rights: number,
): Extract<Descriptor["inode"], { kind: "directory" }> {
  const { inode } = descriptor;
  if (inode.kind !== "directory") return fail(errno.notdir);
  if ((descriptor.rights & rights) !== rights) fail(errno.notcapable);
  return inode;
}
