import { errno, fail } from "../errno.ts";
import type { WasiLimits } from "../wasi-limits.ts";
import type { Directory } from "./directory.ts";
import type { Inode } from "./inode.ts";
import { nameBytes } from "./path-name.ts";

/** Where a path leads: a name in a directory, or (for `.`, `..` and `/` at the end of a link) the directory itself. */
export interface Place {
  readonly parent: Directory;
  /** Undefined if the path names a directory only by `.` or `..`; then `parent` is that directory. */
  readonly name: string | undefined;
  /** What is there now. */
  readonly inode: Inode | undefined;
  /** The path ended with a slash: only a directory will do. */
  readonly isDirectoryMeant: boolean;
}

/**
 * What to do when the last part is a symbolic link: `follow` it, `stay` on it unless a slash
 * follows, or take the `entry` itself whatever follows (to remove, rename or create it).
 */
export type LastLink = "follow" | "stay" | "entry";

/** Called with the number of parts walked, so that long walks can be paid for. */
export type OnParts = (count: number) => void;

/**
 * Walks a path from a directory, and never above it: `..` at the start, an absolute path and a
 * link that leads outside all fail with `notcapable`.
 */
export function walkPath(
  path: string,
  options: {
    readonly base: Directory;
    readonly lastLink: LastLink;
    readonly limits: WasiLimits;
    readonly onParts?: OnParts | undefined;
  },
): Place {
  const { base, lastLink, limits, onParts } = options;
  const walk = { pending: splitPath(path), isDirectoryMeant: path.endsWith("/") };
  const above: Directory[] = [];
  let current = base;
  let links = 0;
  onParts?.(walk.pending.length);
  for (let part = walk.pending.pop(); part !== undefined; part = walk.pending.pop()) {
    if (part === ".") continue;
    if (part === "..") {
      current = above.pop() ?? fail(errno.notcapable);
      continue;
    }
    if (part.length * 3 > limits.nameBytesMax) checkName(part, limits);
    const inode = current.get(part);
    const isLast = walk.pending.length === 0;
    if (inode?.kind === "symlink" && !(isLast && staysOn(lastLink, walk.isDirectoryMeant))) {
      links += 1;
      if (links > limits.symlinksMax) fail(errno.loop);
      const parts = splitPath(inode.target);
      onParts?.(parts.length);
      if (isLast && inode.target.endsWith("/")) walk.isDirectoryMeant = true;
      for (const each of parts) walk.pending.push(each);
      continue;
    }
    if (isLast) {
      return { parent: current, name: part, inode, isDirectoryMeant: walk.isDirectoryMeant };
    }
    above.push(current);
    current = asDirectory(inode);
  }
  return { parent: current, name: undefined, inode: current, isDirectoryMeant: true };
}

/** The parts of a path, last one first, so that `pop` gives the next one. */
function splitPath(path: string): string[] {
  if (path === "") fail(errno.noent);
  if (path.startsWith("/")) fail(errno.notcapable);
  return path.split("/").filter(isPart).reverse();
}

function isPart(part: string): boolean {
  return part !== "";
}

function staysOn(lastLink: LastLink, isDirectoryMeant: boolean): boolean {
  return lastLink === "entry" || (lastLink === "stay" && !isDirectoryMeant);
}

function checkName(name: string, limits: WasiLimits): void {
  if (nameBytes(name) > limits.nameBytesMax) fail(errno.nametoolong);
}

function asDirectory(inode: Inode | undefined): Directory {
  if (inode === undefined) return fail(errno.noent);
  return inode.kind === "directory" ? inode : fail(errno.notdir);
}
