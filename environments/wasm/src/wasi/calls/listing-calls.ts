import { errno, fail } from "../errno.ts";
import type { Directory } from "../file-system/directory.ts";
import { fileTypeOf, type Inode } from "../file-system/inode.ts";
import { encodeName } from "../file-system/path-name.ts";
import { right } from "../rights.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { listEntryUnits } from "../work-units.ts";

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
  const head = new DataView(new ArrayBuffer(headBytes));
  const headCopy = new Uint8Array(head.buffer);
  let used = 0;
  const append = (bytes: Uint8Array): void => {
    const fitting = bytes.subarray(0, target.length - used);
    target.set(fitting, used);
    used += fitting.length;
  };
  for (const { name, inode, next } of entriesFrom(directory, from)) {
    context.spend(listEntryUnits);
    const nameBytes = encodeName(name);
    writeHead(head, { inode, next, nameLength: nameBytes.length });
    append(headCopy);
    append(nameBytes);
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

function writeHead(
  head: DataView,
  entry: { readonly inode: Inode; readonly next: number; readonly nameLength: number },
): void {
  head.setBigUint64(0, BigInt(entry.next), true);
  head.setBigUint64(8, BigInt(entry.inode.number), true);
  head.setUint32(16, entry.nameLength, true);
  head.setUint8(20, fileTypeOf(entry.inode));
}
