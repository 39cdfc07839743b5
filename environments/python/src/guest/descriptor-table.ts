import { CallError } from "./error-number.ts";
import type { FolderNode, TreeNode } from "./file-node.ts";

/** Most open descriptors of one guest. */
export const descriptorsMax = 1024;

/** An open file: what is shared by descriptors that were duplicated from one another. */
export interface OpenFile {
  readonly node: TreeNode;
  /** The path it was opened by, for `fchdir` and messages. */
  readonly path: string;
  flags: number;
  position: number;
  /** Descriptors that point here. */
  references: number;
}

/** The guest's descriptors and its working folder. */
export class DescriptorTable {
  files: (OpenFile | undefined)[] = [];
  cwd: FolderNode;
  readonly #onLastClose: (node: TreeNode) => void;

  constructor(cwd: FolderNode, onLastClose: (node: TreeNode) => void) {
    this.cwd = cwd;
    this.#onLastClose = onLastClose;
  }

  get(descriptor: number): OpenFile {
    const file = this.files[descriptor];
    if (file === undefined) throw new CallError("EBADF");
    return file;
  }

  open(node: TreeNode, options: { readonly path: string; readonly flags: number }): number {
    const { path, flags } = options;
    const descriptor = this.#put({ node, path, flags, position: 0, references: 0 }, 0);
    if (node.kind === "file") node.holders++;
    return descriptor;
  }

  duplicate(descriptor: number, from = 0): number {
    return this.#put(this.get(descriptor), from);
  }

  /** Makes `to` another name of `descriptor`, closing what it was. */
  replace(descriptor: number, to: number): number {
    const file = this.get(descriptor);
    if (to === descriptor) return to;
    if (to < 0 || to >= descriptorsMax) throw new CallError("EBADF");
    if (this.files[to] !== undefined) this.close(to);
    this.files[to] = file;
    file.references++;
    return to;
  }

  close(descriptor: number): void {
    const file = this.get(descriptor);
    this.files[descriptor] = undefined;
    file.references--;
    if (file.references > 0) return;
    this.#onLastClose(file.node);
    if (file.node.kind !== "pipe") return;
    if (isWritable(file.flags)) file.node.writers = 0;
    else file.node.readers = 0;
  }

  #put(file: OpenFile, from: number): number {
    if (from < 0) throw new CallError("EINVAL");
    for (let i = from; i < descriptorsMax; i++) {
      if (this.files[i] !== undefined) continue;
      this.files[i] = file;
      file.references++;
      return i;
    }
    throw new CallError("EMFILE");
  }
}

/** Flags of `open`, as in the guest's `fcntl.h`. */
export const openFlag = {
  accessMask: 3,
  writeOnly: 1,
  create: 0o100,
  exclusive: 0o200,
  truncate: 0o1000,
  append: 0o2000,
  directory: 0o200000,
  noFollow: 0o400000,
} as const;

/** True when the descriptor may be written. */
export function isWritable(flags: number): boolean {
  return (flags & openFlag.accessMask) !== 0;
}

/** True when the descriptor may be read. */
export function isReadable(flags: number): boolean {
  return (flags & openFlag.accessMask) !== openFlag.writeOnly;
}
