import { errno, fail } from "../errno.ts";
import { type Descriptor, descriptorFlag } from "../file-system/descriptor-table.ts";
import type { RegularFile } from "../file-system/inode.ts";
import { right } from "../rights.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { copyUnits } from "../work-units.ts";
import { type IoVectors, readVectors } from "./io-vectors.ts";
import { writeOutput } from "./write-output.ts";

/** Positions are exact up to here; sought beyond, a file does not fit anyway. */
const positionMax = BigInt(Number.MAX_SAFE_INTEGER);

const whenceSet = 0;
const whenceCurrent = 1;
const whenceEnd = 2;

/** Reading, writing and seeking. */
export const transferCalls: WasiCalls = {
  fd_read(
    context: WasiContext,
    fd: number,
    pointer: number,
    count: number,
    result: number,
  ): number {
    const descriptor = open(context, fd, right.fdRead);
    const file = fileOf(descriptor);
    const done = read(context, file, { pointer, count, result, offset: descriptor.position });
    descriptor.position += done;
    return errno.success;
  },

  fd_pread(
    context: WasiContext,
    fd: number,
    pointer: number,
    count: number,
    offset: bigint,
    result: number,
  ): number {
    const file = fileOf(open(context, fd, right.fdRead | right.fdSeek));
    read(context, file, { pointer, count, result, offset: positionOf(offset) });
    return errno.success;
  },

  fd_write(
    context: WasiContext,
    fd: number,
    pointer: number,
    count: number,
    result: number,
  ): number {
    const descriptor = open(context, fd, right.fdWrite);
    const { inode } = descriptor;
    context.view.place(result, 4);
    if (inode.kind === "output") {
      context.view.setU32(result, writeOutput(context, inode, { pointer, count }));
      return errno.success;
    }
    const file = fileOf(descriptor);
    const isAppend = (descriptor.flags & descriptorFlag.append) !== 0;
    const offset = isAppend ? file.content.size : descriptor.position;
    descriptor.position = offset + write(context, file, { pointer, count, result, offset });
    return errno.success;
  },

  fd_pwrite(
    context: WasiContext,
    fd: number,
    pointer: number,
    count: number,
    offset: bigint,
    result: number,
  ): number {
    const file = fileOf(open(context, fd, right.fdWrite | right.fdSeek));
    write(context, file, { pointer, count, result, offset: positionOf(offset) });
    return errno.success;
  },

  fd_seek: seek,

  fd_tell(context: WasiContext, fd: number, result: number): number {
    const descriptor = open(context, fd, right.fdTell);
    fileOf(descriptor);
    context.view.setU64(result, BigInt(descriptor.position));
    return errno.success;
  },
};

/** `fd_seek` as `wasi_unstable` had it: the same three starts in another order. */
export function seekUnstable(
  context: WasiContext,
  fd: number,
  delta: bigint,
  whence: number,
  result: number,
): number {
  const start = [whenceCurrent, whenceEnd, whenceSet][whence] ?? fail(errno.inval);
  return seek(context, fd, delta, start, result);
}

function seek(
  context: WasiContext,
  fd: number,
  delta: bigint,
  whence: number,
  result: number,
): number {
  const isTelling = delta === 0n && whence === whenceCurrent;
  const descriptor = open(context, fd, isTelling ? right.fdTell : right.fdSeek);
  const position = BigInt(startOf(descriptor, whence)) + delta;
  if (position < 0n || position > positionMax) fail(errno.inval);
  context.view.setU64(result, position);
  descriptor.position = Number(position);
  return errno.success;
}

/** The kind is looked at before the rights: a C library tells a pipe by `spipe`. */
function open(context: WasiContext, fd: number, rights: number): Descriptor {
  const descriptor = context.descriptors.get(fd);
  const { kind } = descriptor.inode;
  if (kind === "directory") fail(errno.isdir);
  const isPositioned = (rights & (right.fdSeek | right.fdTell)) !== 0;
  if (kind === "output" && isPositioned) fail(errno.spipe);
  if ((descriptor.rights & rights) !== rights) fail(errno.notcapable);
  return descriptor;
}

function fileOf({ inode }: Descriptor): RegularFile {
  return inode.kind === "file" ? inode : fail(errno.inval);
}

/** An offset as the guest passes it: unsigned 64 bits. */
function positionOf(offset: bigint): number {
  const position = BigInt.asUintN(64, offset);
  return position > positionMax ? fail(errno.inval) : Number(position);
}

function startOf(descriptor: Descriptor, whence: number): number {
  const { content } = fileOf(descriptor);
  if (whence === whenceSet) return 0;
  if (whence === whenceCurrent) return descriptor.position;
  return whence === whenceEnd ? content.size : fail(errno.inval);
}

interface Transfer extends IoVectors {
  /** Where the number of bytes goes. */
  readonly result: number;
}

function read(
  context: WasiContext,
  file: RegularFile,
  transfer: Transfer & { readonly offset: number },
): number {
  const { pieces } = readVectors(context, transfer);
  let done = 0;
  for (const piece of pieces) {
    const count = file.content.read(transfer.offset + done, piece);
    done += count;
    if (count < piece.length) break;
  }
  context.spend(copyUnits(done));
  context.view.setU32(transfer.result, done);
  return done;
}

function write(
  context: WasiContext,
  file: RegularFile,
  transfer: Transfer & { readonly offset: number },
): number {
  const { pieces, total } = readVectors(context, transfer);
  context.view.place(transfer.result, 4);
  context.spend(copyUnits(total));
  let done = 0;
  // The last piece first: then the file grows once, or not at all if it may not.
  for (const piece of pieces.toReversed()) {
    done += piece.length;
    file.content.write(transfer.offset + total - done, piece);
  }
  if (total > 0) {
    file.times.modified = context.clock.realtimeNs();
    file.times.changed = file.times.modified;
  }
  context.view.setU32(transfer.result, total);
  return total;
}
