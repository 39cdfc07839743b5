import { errno, fail } from "../errno.ts";
import type { Directory } from "../file-system/directory.ts";
import type { NameIn } from "../file-system/file-system.ts";
import type { Inode } from "../file-system/inode.ts";
import { encodeName, readPath } from "../file-system/path-name.ts";
import type { Place } from "../file-system/path-walk.ts";
import { right } from "../rights.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { copyUnits } from "../work-units.ts";
import { nameIn, walkGuestPath } from "./guest-path.ts";

const followLinks = 1;

/** Names in directories: making, linking, moving and removing them. */
export const entryCalls: WasiCalls = {
  path_create_directory(context: WasiContext, fd: number, path: number, length: number): number {
    const rights = right.pathCreateDirectory;
    const place = walkGuestPath(context, { fd, path, length, rights, lastLink: "entry" });
    if (place.inode !== undefined) fail(errno.exist);
    context.fileSystem.createDirectory(nameIn(place));
    return errno.success;
  },

  path_remove_directory(context: WasiContext, fd: number, path: number, length: number): number {
    const rights = right.pathRemoveDirectory;
    const place = walkGuestPath(context, { fd, path, length, rights, lastLink: "entry" });
    const at = nameIn(place);
    const { inode } = place;
    if (inode === undefined) return fail(errno.noent);
    if (inode.kind !== "directory") return fail(errno.notdir);
    if (!inode.isEmpty) fail(errno.notempty);
    context.fileSystem.remove(at);
    return errno.success;
  },

  path_unlink_file(context: WasiContext, fd: number, path: number, length: number): number {
    const rights = right.pathUnlinkFile;
    const place = walkGuestPath(context, { fd, path, length, rights, lastLink: "entry" });
    if (place.inode === undefined) fail(errno.noent);
    if (place.inode.kind === "directory") fail(errno.isdir);
    if (place.isDirectoryMeant) fail(errno.notdir);
    context.fileSystem.remove(nameIn(place));
    return errno.success;
  },

  path_link(
    context: WasiContext,
    oldFd: number,
    lookup: number,
    oldPath: number,
    oldLength: number,
    newFd: number,
    newPath: number,
    newLength: number,
  ): number {
    const source = walkGuestPath(context, {
      fd: oldFd,
      path: oldPath,
      length: oldLength,
      rights: right.pathLinkSource,
      lastLink: (lookup & followLinks) !== 0 ? "follow" : "stay",
    });
    const inode = linkable(source);
    const rights = right.pathLinkTarget;
    const at = { fd: newFd, path: newPath, length: newLength, rights };
    context.fileSystem.link(inode, freeName(walkGuestPath(context, { ...at, lastLink: "entry" })));
    return errno.success;
  },

  path_symlink(
    context: WasiContext,
    oldPath: number,
    oldLength: number,
    fd: number,
    path: number,
    length: number,
  ): number {
    const target = readPath(context.view.bytes(oldPath, oldLength), context.limits);
    if (target === "") fail(errno.noent);
    // An absolute target could only lead out of the directory that the guest was given.
    if (target.startsWith("/")) fail(errno.notcapable);
    const rights = right.pathSymlink;
    const place = walkGuestPath(context, { fd, path, length, rights, lastLink: "entry" });
    context.fileSystem.createLink(freeName(place), target);
    return errno.success;
  },

  path_readlink(
    context: WasiContext,
    fd: number,
    path: number,
    length: number,
    buffer: number,
    bufferLength: number,
    result: number,
  ): number {
    const rights = right.pathReadlink;
    const { inode } = walkGuestPath(context, { fd, path, length, rights, lastLink: "stay" });
    if (inode === undefined) return fail(errno.noent);
    if (inode.kind !== "symlink") return fail(errno.inval);
    const target = encodeName(inode.target).subarray(0, bufferLength >>> 0);
    context.spend(copyUnits(target.length));
    context.view.setBytes(buffer, target);
    context.view.setU32(result, target.length);
    return errno.success;
  },

  path_rename(
    context: WasiContext,
    oldFd: number,
    oldPath: number,
    oldLength: number,
    newFd: number,
    newPath: number,
    newLength: number,
  ): number {
    const source = walkGuestPath(context, {
      fd: oldFd,
      path: oldPath,
      length: oldLength,
      rights: right.pathRenameSource,
      lastLink: "entry",
    });
    const target = walkGuestPath(context, {
      fd: newFd,
      path: newPath,
      length: newLength,
      rights: right.pathRenameTarget,
      lastLink: "entry",
    });
    const to = nameIn(target);
    checkRename(source, target);
    context.fileSystem.rename(nameIn(source), to);
    return errno.success;
  },
};

function linkable({ inode, isDirectoryMeant }: Place): Inode {
  if (inode === undefined) return fail(errno.noent);
  if (inode.kind === "directory") return fail(errno.perm);
  return isDirectoryMeant ? fail(errno.notdir) : inode;
}

/** The place as a name that is still free. A slash after it would ask for a directory. */
function freeName(place: Place): NameIn {
  if (place.inode !== undefined) fail(errno.exist);
  if (place.isDirectoryMeant) fail(errno.noent);
  return nameIn(place);
}

function checkRename(source: Place, target: Place): void {
  const inode = source.inode ?? fail(errno.noent);
  const isDirectory = inode.kind === "directory";
  if (!isDirectory && (source.isDirectoryMeant || target.isDirectoryMeant)) fail(errno.notdir);
  if (isDirectory && isWithin(target.parent, inode)) fail(errno.inval);
  if (target.inode === undefined || target.inode === inode) return;
  const isOntoDirectory = target.inode.kind === "directory";
  if (isDirectory && !isOntoDirectory) fail(errno.notdir);
  if (!isDirectory && isOntoDirectory) fail(errno.isdir);
  if (target.inode.kind === "directory" && !target.inode.isEmpty) fail(errno.notempty);
}

function isWithin(directory: Directory, ancestor: Directory): boolean {
  for (let current = directory; ; current = current.parent) {
    if (current === ancestor) return true;
    if (current === current.parent) return false;
  }
}
