/** A regular file. `data` may be longer than `size`: room to grow. */
export interface FileNode extends NodeFacts {
  readonly kind: "file";
  data: Uint8Array;
  size: number;
  /** The bytes belong to a captured state too: copy them before the first write. */
  isShared: boolean;
  /** Folder entries and open files that hold it; its bytes are free when none does. */
  holders: number;
}

export interface FolderNode extends NodeFacts {
  readonly kind: "folder";
  readonly entries: Map<string, TreeNode>;
  parent: FolderNode;
}

export interface LinkNode extends NodeFacts {
  readonly kind: "link";
  readonly target: string;
}

/** A special file; every device is stateless. */
export interface DeviceNode extends NodeFacts {
  readonly kind: "device";
  readonly device: DeviceName;
}

/** One direction of a pipe inside the guest. */
export interface PipeNode extends NodeFacts {
  readonly kind: "pipe";
  queued: Uint8Array;
  writers: number;
  readers: number;
}

export type DeviceName = "null" | "zero" | "random" | "stdin" | "stdout" | "stderr";

export type TreeNode = FileNode | FolderNode | LinkNode | DeviceNode | PipeNode;

/** What every node has. Times are milliseconds of the guest's clock. */
export interface NodeFacts {
  readonly inode: number;
  mode: number;
  accessedAt: number;
  modifiedAt: number;
  changedAt: number;
}

/** File type bits of `mode`, as in POSIX `sys/stat.h`. */
export const fileType = {
  file: 0o100000,
  folder: 0o040000,
  link: 0o120000,
  device: 0o020000,
  pipe: 0o010000,
} as const;

/** Mask of the permission bits of `mode`. */
export const permissionBits = 0o7777;
