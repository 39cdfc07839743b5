import { errno, fail } from "../errno.ts";
import { type Descriptor, descriptorFlagsAll } from "../file-system/descriptor-table.ts";
import type { Inode } from "../file-system/inode.ts";
import type { Place } from "../file-system/path-walk.ts";
import { directoryRights, fileRights, readRights, right } from "../rights.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { nameIn, walkGuestPath } from "./guest-path.ts";

const followLinks = 1;
const openFlagsAll = 15;

/** Opening and creating files. */
export const openCalls: WasiCalls = {
  path_open(
    context: WasiContext,
    fd: number,
    lookup: number,
    path: number,
    length: number,
    openFlags: number,
    base: bigint,
    inheriting: bigint,
    flags: number,
    result: number,
  ): number {
    const { descriptors, view } = context;
    view.place(result, 4);
    const how = readOpenFlags(openFlags, flags);
    const rights = readRights(base);
    const inherited = readRights(inheriting);
    const isFollowing = (lookup & followLinks) !== 0 && !how.isExclusive;
    const place = walkGuestPath(context, {
      fd,
      path,
      length,
      rights: neededRights(how),
      lastLink: isFollowing ? "follow" : "stay",
    });
    if (((rights | inherited) & ~descriptors.get(fd).inheriting) !== 0) fail(errno.notcapable);
    descriptors.claim();
    const inode = openInode(context, place, { ...how, isWriting: (rights & right.fdWrite) !== 0 });
    const opened = describe(inode, { rights, inheriting: inherited, flags });
    view.setU32(result, descriptors.add(opened));
    return errno.success;
  },
};

interface OpenFlags {
  readonly isCreating: boolean;
  readonly isDirectoryWanted: boolean;
  readonly isExclusive: boolean;
  readonly isTruncating: boolean;
}

function readOpenFlags(openFlags: number, flags: number): OpenFlags {
  const isUnknown = (openFlags & ~openFlagsAll) | (flags & ~descriptorFlagsAll);
  const isCreating = (openFlags & 1) !== 0;
  const isDirectoryWanted = (openFlags & 2) !== 0;
  if (isUnknown !== 0 || (isCreating && isDirectoryWanted)) fail(errno.inval);
  const isExclusive = isCreating && (openFlags & 4) !== 0;
  return { isCreating, isDirectoryWanted, isExclusive, isTruncating: (openFlags & 8) !== 0 };
}

function neededRights({ isCreating, isTruncating }: OpenFlags): number {
  const create = isCreating ? right.pathCreateFile : 0;
  const truncate = isTruncating ? right.pathFilestatSetSize : 0;
  return right.pathOpen | create | truncate;
}

function openInode(
  context: WasiContext,
  place: Place,
  how: OpenFlags & { readonly isWriting: boolean },
): Inode {
  const { inode } = place;
  if (inode === undefined) {
    if (!how.isCreating) fail(errno.noent);
    if (place.isDirectoryMeant) fail(errno.isdir);
    return context.fileSystem.createFile(nameIn(place));
  }
  if (how.isExclusive) fail(errno.exist);
  const mustBeDirectory = how.isDirectoryWanted || place.isDirectoryMeant;
  if (mustBeDirectory && inode.kind !== "directory") fail(errno.notdir);
  if (inode.kind === "symlink") fail(errno.loop);
  const isChanging = how.isWriting || how.isTruncating || how.isCreating;
  if (inode.kind === "directory" && isChanging) fail(errno.isdir);
  if (inode.kind === "file" && how.isTruncating) truncate(context, inode);
  return inode;
}

function truncate({ clock }: WasiContext, file: Extract<Inode, { kind: "file" }>): void {
  file.content.resize(0);
  file.times.modified = clock.realtimeNs();
  file.times.changed = file.times.modified;
}

/** Rights that mean nothing on what was opened are dropped, as the specification allows. */
function describe(
  inode: Inode,
  options: { readonly rights: number; readonly inheriting: number; readonly flags: number },
): Descriptor {
  const { rights, inheriting, flags } = options;
  if (inode.kind === "directory") {
    return { inode, position: 0, flags, rights: rights & directoryRights, inheriting };
  }
  return { inode, position: 0, flags, rights: rights & fileRights, inheriting: 0 };
}
