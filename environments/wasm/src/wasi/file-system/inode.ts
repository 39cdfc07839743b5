import type { Directory } from "./directory.ts";
import type { FileContent } from "./file-content.ts";
import { nameBytes } from "./path-name.ts";

/** Kinds of WASI, with their numbers. */
export const fileType = {
  unknown: 0,
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  symbolicLink: 7,
} as const;

/** Times in nanoseconds since 1970. Reading does not change `accessed`, as on a volume mounted `noatime`. */
export interface InodeTimes {
  accessed: bigint;
  modified: bigint;
  changed: bigint;
}

/** What every inode has. */
export interface InodeBase {
  readonly number: number;
  readonly times: InodeTimes;
  /** Names it has; at 0 it lives until its last descriptor is closed. */
  links: number;
  /** Descriptors that hold it. */
  opened: number;
}

export interface RegularFile extends InodeBase {
  readonly kind: "file";
  readonly content: FileContent;
}

export interface SymbolicLink extends InodeBase {
  readonly kind: "symlink";
  readonly target: string;
}

/** The standard output or the standard error. */
export interface OutputDevice extends InodeBase {
  readonly kind: "output";
  readonly stream: "stdout" | "stderr";
}

/** Whatever a descriptor can stand for. */
export type Inode = RegularFile | Directory | SymbolicLink | OutputDevice;

/** The number by which WASI calls the kind of an inode. */
export function fileTypeOf(inode: Inode): number {
  return typeNumbers[inode.kind];
}

/** Bytes of a file or of a link's target; 0 for everything else. */
export function sizeOf(inode: Inode): number {
  if (inode.kind === "file") return inode.content.size;
  return inode.kind === "symlink" ? nameBytes(inode.target) : 0;
}

const typeNumbers: Readonly<Record<Inode["kind"], number>> = {
  file: fileType.regularFile,
  directory: fileType.directory,
  symlink: fileType.symbolicLink,
  output: fileType.characterDevice,
};
