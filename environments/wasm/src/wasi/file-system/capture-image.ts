import type { Directory } from "./directory.ts";
import type { FileSystem } from "./file-system.ts";
import type { FileSystemImage, ImageDirectory, ImageNode } from "./file-system-image.ts";
import type { RegularFile, SymbolicLink } from "./inode.ts";
import { nameBytes } from "./path-name.ts";
import { entryBytes, inodeBytes } from "./storage-quota.ts";

/** One directory whose entries are still to be captured. */
interface Pending {
  readonly directory: Directory;
  readonly entries: Map<string, ImageNode>;
}

/** The work so far. A list, not recursion: a guest may nest directories deeper than our stack. */
interface Capture {
  readonly known: Map<RegularFile | SymbolicLink, ImageNode>;
  readonly pending: Pending[];
  inodes: number;
  countedBytes: number;
}

/**
 * The file system as it is now, as an image. Contents are shared, not copied: both sides copy a
 * file when they first write to it. Files that live only in open descriptors are not in it.
 */
export function captureImage(fileSystem: FileSystem): FileSystemImage {
  const capture: Capture = { known: new Map(), pending: [], inodes: 0, countedBytes: 0 };
  const root = captureDirectory(fileSystem.root, capture);
  for (let next = capture.pending.pop(); next !== undefined; next = capture.pending.pop()) {
    captureEntries(next, capture);
  }
  const { inodes, countedBytes } = capture;
  return { root, nextNumber: fileSystem.nextNumber, inodes, countedBytes };
}

function captureEntries({ directory, entries }: Pending, capture: Capture): void {
  for (const { name, inode } of directory.from(0)) {
    if (inode.kind === "output") continue;
    capture.countedBytes += entryBytes(name);
    const isDirectory = inode.kind === "directory";
    entries.set(name, isDirectory ? captureDirectory(inode, capture) : captureLeaf(inode, capture));
  }
}

function captureDirectory(directory: Directory, capture: Capture): ImageDirectory {
  countInode(capture);
  const entries = new Map<string, ImageNode>();
  capture.pending.push({ directory, entries });
  const { number, times } = directory;
  return { kind: "directory", number, times: { ...times }, entries };
}

function captureLeaf(inode: RegularFile | SymbolicLink, capture: Capture): ImageNode {
  const known = capture.known.get(inode);
  if (known !== undefined) return known;
  countInode(capture);
  const { number, links } = inode;
  const base = { number, links, times: { ...inode.times } };
  const node: ImageNode =
    inode.kind === "file"
      ? { kind: "file", ...base, written: inode.content.written, bytes: inode.content.share() }
      : { kind: "symlink", ...base, target: inode.target };
  capture.countedBytes += inode.kind === "file" ? inode.content.written : nameBytes(inode.target);
  capture.known.set(inode, node);
  return node;
}

function countInode(capture: Capture): void {
  capture.inodes += 1;
  capture.countedBytes += inodeBytes;
}
