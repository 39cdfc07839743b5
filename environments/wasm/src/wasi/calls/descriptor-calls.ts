import { errno, fail } from "../errno.ts";
import { descriptorFlagsAll } from "../file-system/descriptor-table.ts";
import { fileTypeOf } from "../file-system/inode.ts";
import { readRights, right } from "../rights.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";

const adviceMax = 5;

/** Descriptors themselves: their state, their number, their end. */
export const descriptorCalls: WasiCalls = {
  fd_close({ descriptors }: WasiContext, fd: number): number {
    descriptors.close(fd);
    return errno.success;
  },

  fd_renumber({ descriptors }: WasiContext, from: number, to: number): number {
    descriptors.renumber(from >>> 0, to >>> 0);
    return errno.success;
  },

  fd_fdstat_get({ descriptors, view }: WasiContext, fd: number, result: number): number {
    const descriptor = descriptors.get(fd);
    view.place(result, 24);
    view.setU8(result, fileTypeOf(descriptor.inode));
    view.setU8(result + 1, 0);
    view.setU16(result + 2, descriptor.flags);
    view.setU32(result + 4, 0);
    view.setU64(result + 8, BigInt(descriptor.rights));
    view.setU64(result + 16, BigInt(descriptor.inheriting));
    return errno.success;
  },

  fd_fdstat_set_flags({ descriptors }: WasiContext, fd: number, flags: number): number {
    const descriptor = descriptors.get(fd, right.fdFdstatSetFlags);
    if ((flags & ~descriptorFlagsAll) !== 0) fail(errno.inval);
    descriptor.flags = flags;
    return errno.success;
  },

  fd_fdstat_set_rights(
    { descriptors }: WasiContext,
    fd: number,
    base: bigint,
    inheriting: bigint,
  ): number {
    const descriptor = descriptors.get(fd);
    const rights = readRights(base);
    const inherited = readRights(inheriting);
    const isMore = (rights & ~descriptor.rights) | (inherited & ~descriptor.inheriting);
    if (isMore !== 0) fail(errno.notcapable);
    descriptor.rights = rights;
    descriptor.inheriting = inherited;
    return errno.success;
  },

  fd_sync({ descriptors }: WasiContext, fd: number): number {
    descriptors.get(fd, right.fdSync);
    return errno.success;
  },

  fd_datasync({ descriptors }: WasiContext, fd: number): number {
    descriptors.get(fd, right.fdDatasync);
    return errno.success;
  },

  fd_advise(
    { descriptors }: WasiContext,
    fd: number,
    offset: bigint,
    length: bigint,
    advice: number,
  ): number {
    const { inode } = descriptors.get(fd, right.fdAdvise);
    if (inode.kind === "output") fail(errno.spipe);
    if (inode.kind !== "file") fail(errno.badf);
    if (offset < 0n || length < 0n || advice >>> 0 > adviceMax) fail(errno.inval);
    return errno.success;
  },

  fd_allocate(context: WasiContext, fd: number, offset: bigint, length: bigint): number {
    const { inode, rights } = context.descriptors.get(fd);
    if (inode.kind !== "file") return fail(errno.badf);
    if ((rights & right.fdAllocate) === 0) fail(errno.notcapable);
    if (offset < 0n || length <= 0n) fail(errno.inval);
    const end = offset + length;
    if (end > BigInt(context.limits.fileBytesMax)) fail(errno.fbig);
    inode.content.resize(Math.max(inode.content.size, Number(end)));
    return errno.success;
  },
};
