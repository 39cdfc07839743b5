import { raise } from "@bedplate/errors";
import type { InodeTimes } from "./inode.ts";
import { entryBytes, inodeBytes } from "./storage-quota.ts";

/** A directory as it was; never changed after it was made. */
export interface ImageDirectory {
  readonly kind: "directory";
  readonly number: number;
  readonly times: Readonly<InodeTimes>;
  readonly entries: ReadonlyMap<string, ImageNode>;
}

/** A file as it was. Its bytes are shared with every run; nobody may write to them. */
export interface ImageFile {
  readonly kind: "file";
  readonly number: number;
  readonly times: Readonly<InodeTimes>;
  readonly links: number;
  readonly bytes: Uint8Array;
  /** How many of the bytes a guest wrote; those count against its quota. */
  readonly written: number;
}

/** A symbolic link as it was. */
export interface ImageLink {
  readonly kind: "symlink";
  readonly number: number;
  readonly times: Readonly<InodeTimes>;
  readonly links: number;
  readonly target: string;
}

export type ImageNode = ImageDirectory | ImageFile | ImageLink;

/** A file system at one moment: made once, shared by as many runs as start from it. */
export interface FileSystemImage {
  readonly root: ImageDirectory;
  readonly nextNumber: number;
  readonly inodes: number;
  /**
   * Bytes that count against the quota of a run that starts from this image: names, bookkeeping
   * and what guests wrote, not the contents that the caller gave.
   */
  readonly countedBytes: number;
}

/** What an image is made of. */
export interface ImageSources {
  /** Contents by absolute path; directories on the way are made. */
  readonly files?: Readonly<Record<string, Uint8Array>> | undefined;
  /** Directories to make even if nothing is in them, by absolute path. */
  readonly directories?: readonly string[] | undefined;
  /** The time that everything in it bears, in nanoseconds since 1970. */
  readonly atNs?: bigint | undefined;
}

interface Draft {
  readonly entries: Map<string, Draft | Uint8Array>;
}

/** Makes an image. Names are sorted, so equal sources give equal inode numbers and listings. */
export function createImage(sources: ImageSources): FileSystemImage {
  const root: Draft = { entries: new Map() };
  for (const path of sources.directories ?? []) draftDirectory(root, partsOf(path, "directories"));
  for (const [path, bytes] of Object.entries(sources.files ?? {})) draftFile(root, path, bytes);
  const at = sources.atNs ?? 0n;
  const times = { accessed: at, modified: at, changed: at };
  const builder: Builder = { nextNumber: 1, entryBytes: 0, times };
  const image = finishDirectory(root, builder);
  const inodes = builder.nextNumber - 1;
  const countedBytes = builder.entryBytes + inodes * inodeBytes;
  return { root: image, nextNumber: builder.nextNumber, inodes, countedBytes };
}

/** An image with nothing in it. */
export const emptyImage: FileSystemImage = createImage({});

interface Builder {
  nextNumber: number;
  entryBytes: number;
  readonly times: Readonly<InodeTimes>;
}

function finishDirectory(draft: Draft, builder: Builder): ImageDirectory {
  const number = builder.nextNumber++;
  const entries = new Map<string, ImageNode>();
  for (const name of [...draft.entries.keys()].sort()) {
    const entry = draft.entries.get(name);
    builder.entryBytes += entryBytes(name);
    if (entry instanceof Uint8Array) entries.set(name, finishFile(entry, builder));
    else if (entry !== undefined) entries.set(name, finishDirectory(entry, builder));
  }
  return { kind: "directory", number, times: builder.times, entries };
}

function finishFile(bytes: Uint8Array, builder: Builder): ImageFile {
  const { times } = builder;
  return { kind: "file", number: builder.nextNumber++, times, links: 1, bytes, written: 0 };
}

function draftFile(root: Draft, path: string, bytes: Uint8Array): void {
  const parts = partsOf(path, "files");
  const name = parts.pop() ?? refuse(path, "files", "names a file");
  const directory = draftDirectory(root, parts);
  if (directory.entries.has(name)) refuse(path, "files", "is not also a directory");
  directory.entries.set(name, bytes);
}

function draftDirectory(root: Draft, parts: readonly string[]): Draft {
  let current = root;
  for (const part of parts) {
    const existing = current.entries.get(part) ?? { entries: new Map() };
    if (existing instanceof Uint8Array) {
      return refuse(`/${parts.join("/")}`, "files", "is not also a directory");
    }
    current.entries.set(part, existing);
    current = existing;
  }
  return current;
}

function partsOf(path: string, member: string): string[] {
  const parts = path.split("/").slice(1);
  if (parts.at(-1) === "") parts.pop();
  const isSound = parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (!path.startsWith("/") || !isSound || path.includes("\0")) {
    return refuse(path, member, "is an absolute path without empty parts, dots or NUL");
  }
  return parts;
}

function refuse(path: string, member: string, rule: string): never {
  const pointer = path.replaceAll("~", "~0").replaceAll("/", "~1");
  throw raise("argument.invalid", {
    op: "environment.invoke",
    detail: { path: `/${member}/${pointer}`, rule },
    message: `Cannot place the file ${JSON.stringify(path)}: it must be one that ${rule}`,
  });
}
