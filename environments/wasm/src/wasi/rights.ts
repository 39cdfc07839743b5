/**
 * What a descriptor may be used for, as bits. All 30 fit a number, so no `bigint` is needed inside.
 *
 * Order: https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/witx/typenames.witx, `rights`.
 */
export const right = {
  fdDatasync: 0x1,
  fdRead: 0x2,
  fdSeek: 0x4,
  fdFdstatSetFlags: 0x8,
  fdSync: 0x10,
  fdTell: 0x20,
  fdWrite: 0x40,
  fdAdvise: 0x80,
  fdAllocate: 0x100,
  pathCreateDirectory: 0x200,
  pathCreateFile: 0x400,
  pathLinkSource: 0x800,
  pathLinkTarget: 0x1000,
  pathOpen: 0x2000,
  fdReaddir: 0x4000,
  pathReadlink: 0x8000,
  pathRenameSource: 0x10000,
  pathRenameTarget: 0x20000,
  pathFilestatGet: 0x40000,
  pathFilestatSetSize: 0x80000,
  pathFilestatSetTimes: 0x100000,
  fdFilestatGet: 0x200000,
  fdFilestatSetSize: 0x400000,
  fdFilestatSetTimes: 0x800000,
  pathSymlink: 0x1000000,
  pathRemoveDirectory: 0x2000000,
  pathUnlinkFile: 0x4000000,
  pollFdReadwrite: 0x8000000,
  sockShutdown: 0x10000000,
  sockAccept: 0x20000000,
} as const;

const allRights = 2 ** 30 - 1;

const onBoth =
  right.fdFdstatSetFlags |
  right.fdSync |
  right.fdDatasync |
  right.fdAdvise |
  right.fdFilestatGet |
  right.fdFilestatSetTimes |
  right.pollFdReadwrite;

/** Rights that mean something on a regular file; others are dropped when one is opened. */
export const fileRights: number =
  onBoth |
  right.fdRead |
  right.fdSeek |
  right.fdTell |
  right.fdWrite |
  right.fdAllocate |
  right.fdFilestatSetSize;

/** Rights that mean something on a directory. */
export const directoryRights: number =
  onBoth |
  right.pathCreateDirectory |
  right.pathCreateFile |
  right.pathLinkSource |
  right.pathLinkTarget |
  right.pathOpen |
  right.fdReaddir |
  right.pathReadlink |
  right.pathRenameSource |
  right.pathRenameTarget |
  right.pathFilestatGet |
  right.pathFilestatSetSize |
  right.pathFilestatSetTimes |
  right.pathSymlink |
  right.pathRemoveDirectory |
  right.pathUnlinkFile;

/** What may be opened below a preopened directory. */
export const inheritedRights: number = fileRights | directoryRights;

/** Rights of the standard input: bytes that are there from the beginning, so it can be sought. */
export const inputRights: number =
  fileRights &
  ~(right.fdWrite | right.fdAllocate | right.fdFilestatSetSize | right.fdFilestatSetTimes);

/** Rights of the two outputs. Without seek and tell, C libraries take them for a terminal and write line by line. */
export const outputRights: number =
  right.fdWrite |
  right.fdSync |
  right.fdDatasync |
  right.fdFdstatSetFlags |
  right.fdFilestatGet |
  right.pollFdReadwrite;

/** Rights as the guest passes them. Bits that no right has are dropped. */
export function readRights(bits: bigint): number {
  return Number(bits & BigInt(allRights));
}
