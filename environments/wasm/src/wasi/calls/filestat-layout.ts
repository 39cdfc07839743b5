import { errno, fail } from "../errno.ts";
import { fileTypeOf, type Inode, type InodeTimes, sizeOf } from "../file-system/inode.ts";
import type { WasiContext } from "../wasi-context.ts";

/** The one device that everything lives on. */
const deviceNumber = 1n;

/** Writes what `fd_filestat_get` and `path_filestat_get` answer. */
export type WriteFilestat = (context: WasiContext, result: number, inode: Inode) => void;

/** As preview 1 has it. */
export function writeFilestat({ view }: WasiContext, result: number, inode: Inode): void {
  view.place(result, 64);
  view.setU64(result, deviceNumber);
  view.setU64(result + 8, BigInt(inode.number));
  view.setU64(result + 16, BigInt(fileTypeOf(inode)));
  view.setU64(result + 24, BigInt(inode.links));
  view.setU64(result + 32, BigInt(sizeOf(inode)));
  view.setU64(result + 40, inode.times.accessed);
  view.setU64(result + 48, inode.times.modified);
  view.setU64(result + 56, inode.times.changed);
}

/** As `wasi_unstable` had it: the number of links has 32 bits and follows the kind. */
export function writeUnstableFilestat({ view }: WasiContext, result: number, inode: Inode): void {
  view.place(result, 56);
  view.setU64(result, deviceNumber);
  view.setU64(result + 8, BigInt(inode.number));
  view.setU32(result + 16, fileTypeOf(inode));
  view.setU32(result + 20, inode.links);
  view.setU64(result + 24, BigInt(sizeOf(inode)));
  view.setU64(result + 32, inode.times.accessed);
  view.setU64(result + 40, inode.times.modified);
  view.setU64(result + 48, inode.times.changed);
}

const setAccessed = 1;
const setAccessedNow = 2;
const setModified = 4;
const setModifiedNow = 8;

/** Times that the guest wants an inode to bear. */
export interface TimesToSet {
  readonly accessed: bigint;
  readonly modified: bigint;
  readonly flags: number;
}

/** Sets times as the flags say; contradicting flags change nothing. */
export function setTimes(
  { clock }: WasiContext,
  times: InodeTimes,
  { accessed, modified, flags }: TimesToSet,
): void {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const isUnknown = (flags & ~15) !== 0;
  const isTwice =
    (has(setAccessed) && has(setAccessedNow)) || (has(setModified) && has(setModifiedNow));
  if (isUnknown || isTwice) fail(errno.inval);
  const now = clock.realtimeNs();
  if (has(setAccessed)) times.accessed = BigInt.asUintN(64, accessed);
  if (has(setAccessedNow)) times.accessed = now;
  if (has(setModified)) times.modified = BigInt.asUintN(64, modified);
  if (has(setModifiedNow)) times.modified = now;
  if (flags !== 0) times.changed = now;
}
