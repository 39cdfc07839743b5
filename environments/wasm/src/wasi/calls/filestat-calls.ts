import { errno, fail } from "../errno.ts";
import type { Inode } from "../file-system/inode.ts";
import { right } from "../rights.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { setTimes, type WriteFilestat } from "./filestat-layout.ts";
import { walkGuestPath } from "./guest-path.ts";

const followLinks = 1;

/** What is known about files, in the layout of `write`. */
export function filestatReadCalls(write: WriteFilestat): WasiCalls {
  return {
    fd_filestat_get(context: WasiContext, fd: number, result: number): number {
      write(context, result, context.descriptors.get(fd, right.fdFilestatGet).inode);
      return errno.success;
    },

    path_filestat_get(
      context: WasiContext,
      fd: number,
      lookup: number,
      path: number,
      length: number,
      result: number,
    ): number {
      const rights = right.pathFilestatGet;
      write(context, result, existing(context, { fd, path, length, lookup, rights }));
      return errno.success;
    },
  };
}

/** Changing sizes and times. */
export const filestatCalls: WasiCalls = {
  fd_filestat_set_size(context: WasiContext, fd: number, size: bigint): number {
    const { inode, rights } = context.descriptors.get(fd);
    if (inode.kind === "directory") fail(errno.isdir);
    if (inode.kind !== "file" || size < 0n) return fail(errno.inval);
    if ((rights & right.fdFilestatSetSize) === 0) fail(errno.notcapable);
    if (size > BigInt(context.limits.fileBytesMax)) fail(errno.fbig);
    inode.content.resize(Number(size));
    inode.times.modified = context.clock.realtimeNs();
    inode.times.changed = inode.times.modified;
    return errno.success;
  },

  fd_filestat_set_times(
    context: WasiContext,
    fd: number,
    accessed: bigint,
    modified: bigint,
    flags: number,
  ): number {
    const { inode } = context.descriptors.get(fd, right.fdFilestatSetTimes);
    setTimes(context, inode.times, { accessed, modified, flags });
    return errno.success;
  },

  path_filestat_set_times(
    context: WasiContext,
    fd: number,
    lookup: number,
    path: number,
    length: number,
    accessed: bigint,
    modified: bigint,
    flags: number,
  ): number {
    const rights = right.pathFilestatSetTimes;
    const inode = existing(context, { fd, path, length, lookup, rights });
    setTimes(context, inode.times, { accessed, modified, flags });
    return errno.success;
  },
};

function existing(
  context: WasiContext,
  at: {
    readonly fd: number;
    readonly path: number;
    readonly length: number;
    readonly lookup: number;
    readonly rights: number;
  },
): Inode {
  const lastLink = (at.lookup & followLinks) !== 0 ? "follow" : "stay";
  const { inode, isDirectoryMeant } = walkGuestPath(context, { ...at, lastLink });
  if (inode === undefined) return fail(errno.noent);
  if (isDirectoryMeant && inode.kind !== "directory") fail(errno.notdir);
  return inode;
}
