import { errno, fail } from "../errno.ts";
import type { Directory } from "../file-system/directory.ts";
import { fileTypeOf, type Inode } from "../file-system/inode.ts";
import { encodeName } from "../file-system/path-name.ts";
import { right } from "../rights.ts";
import { copyUnits, partUnits, type WasiCalls, type WasiContext } from "../wasi-context.ts";

const headBytes = 24;
/** Cookies 0 and 1 are before `.` and before `..`; an entry's own cookie comes after both. */
const firstEntryCookie = 2;

/** Listing directories. */
export const listingCalls: WasiCalls = {
  fd_readdir(
    context: WasiContext,
    fd: number,
    buffer: number,
    length: number,
    cookie: bigint,
    result: number,
  ): number {
    const { inode, rights } = context.descriptors.get(fd);
    if (inode.kind !== "directory") return fail(errno.notdir);
    if ((rights & right.fdReaddir) === 0) fail(errno.notcapable);
    const target = context.view.bytes(buffer, length);
    const from = Number(BigInt.asUintN(53, cookie));
    context.view.setU32(result, list(context, inode, { target, from }));
    return errno.success;
  },
};

/** Fills the buffer to its end: a last entry that does not fit is cut, which says that there is more. */
function list(
  context: WasiContext,
  directory: Directory,
  { target, from }: { readonly target: Uint8Array; readonly from: number },
): number {
  let used = 0;
  for (const entry of entriesFrom(directory, from)) {
    const bytes = encodeEntry(entry).subarray(0, target.length - used);
    target.set(bytes, used);
    used += bytes.length;
    context.spend(partUnits + copyUnits(bytes.length));
    if (used === target.length) break;
  }
  return used;
}

interface ListedEntry {
  readonly name: string;
  readonly inode: Inode;
  /** The cookie of what comes after it. */
  readonly next: number;
}

function* entriesFrom(directory: Directory, from: number): IterableIterator<ListedEntry> {
  if (from <= 0) yield { name: ".", inode: directory, next: 1 };
  if (from <= 1) yield { name: "..", inode: directory.parent, next: firstEntryCookie };
  for (const { name, inode, cookie } of directory.from(from - 1)) {
    yield { name, inode, next: cookie + firstEntryCookie };
  }
}

function encodeEntry({ name, inode, next }: ListedEntry): Uint8Array {
  const bytes = encodeName(name);
  const entry = new Uint8Array(headBytes + bytes.length);
  const head = new DataView(entry.buffer);
  head.setBigUint64(0, BigInt(next), true);
  head.setBigUint64(8, BigInt(inode.number), true);
  head.setUint32(16, bytes.length, true);
  head.setUint8(20, fileTypeOf(inode));
  entry.set(bytes, headBytes);
  return entry;
}
