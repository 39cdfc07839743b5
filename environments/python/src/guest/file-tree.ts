import { CallError } from "./error-number.ts";
import {
  type DeviceName,
  type FileNode,
  type FolderNode,
  fileType,
  type NodeFacts,
  type PipeNode,
  permissionBits,
  type TreeNode,
} from "./file-node.ts";
import type { Quota } from "./quota.ts";

/** Symbolic links followed in one look-up, as on Linux. */
const linksMax = 40;

/** Longest path and longest name, in characters. */
export const pathMax = 4096;
export const nameMax = 255;

/** A path's last step: the folder that holds it, its name, and the node if there is one. */
export interface Located {
  readonly folder: FolderNode;
  readonly name: string;
  readonly node: TreeNode | undefined;
}

/** The guest's file system: nodes in this process's memory, bounded by a quota. */
export class FileTree {
  readonly quota: Quota;
  root: FolderNode;
  nextInode = 2;
  readonly #now: () => number;

  constructor(quota: Quota, now: () => number) {
    this.quota = quota;
    this.#now = now;
    this.root = this.#rootFolder();
  }

  /** Finds a node; `ENOENT` when there is none. */
  find(path: string, from: FolderNode, options: { readonly follow?: boolean } = {}): TreeNode {
    const { node } = this.locate(path, from, options);
    if (node === undefined) throw new CallError("ENOENT");
    return node;
  }

  /** Walks to the last step of a path, following links on the way and, unless told not to, at its end. */
  locate(
    path: string,
    from: FolderNode,
    options: { readonly follow?: boolean; readonly links?: number } = {},
  ): Located {
    const { follow = true, links = 0 } = options;
    if (path === "") throw new CallError("ENOENT");
    if (path.length > pathMax) throw new CallError("ENAMETOOLONG");
    let folder = path.startsWith("/") ? this.root : from;
    const steps = path.split("/").filter((step) => step !== "" && step !== ".");
    const mustBeFolder = path.endsWith("/");
    let here: Located = { folder, name: ".", node: folder };
    for (const [i, step] of steps.entries()) {
      here = stepInto(folder, step);
      const isLast = i === steps.length - 1;
      if (here.node?.kind === "link" && (!isLast || follow || mustBeFolder)) {
        if (links >= linksMax) throw new CallError("ELOOP");
        here = this.locate(here.node.target, folder, { links: links + 1 });
      }
      if (isLast) break;
      if (here.node === undefined) throw new CallError("ENOENT");
      if (here.node.kind !== "folder") throw new CallError("ENOTDIR");
      folder = here.node;
    }
    if (mustBeFolder && here.node && here.node.kind !== "folder") throw new CallError("ENOTDIR");
    return here;
  }

  makeFile(at: Located, mode: number): FileNode {
    const node: FileNode = {
      kind: "file",
      ...this.#facts(fileType.file | (mode & permissionBits)),
      data: new Uint8Array(0),
      size: 0,
      isShared: false,
      holders: 1,
    };
    this.#attach(at, node);
    return node;
  }

  makeFolder(at: Located, mode: number): FolderNode {
    const node: FolderNode = {
      kind: "folder",
      ...this.#facts(fileType.folder | (mode & permissionBits)),
      entries: new Map(),
      parent: at.folder,
    };
    this.#attach(at, node);
    return node;
  }

  makeLink(at: Located, target: string): void {
    this.#attach(at, { kind: "link", ...this.#facts(fileType.link | 0o777), target });
  }

  makeDevice(at: Located, device: DeviceName): void {
    this.#attach(at, { kind: "device", ...this.#facts(fileType.device | 0o666), device });
  }

  makePipe(): PipeNode {
    this.quota.takeNode();
    const facts = this.#facts(fileType.pipe | 0o600);
    return { kind: "pipe", ...facts, queued: new Uint8Array(0), writers: 1, readers: 1 };
  }

  /** Makes a folder and those above it. */
  makeFolders(path: string): FolderNode {
    let folder = this.root;
    for (const name of path.split("/").filter((step) => step !== "")) {
      const next = folder.entries.get(name) ?? this.makeFolder(locatedIn(folder, name), 0o755);
      if (next.kind !== "folder") throw new CallError("ENOTDIR");
      folder = next;
    }
    return folder;
  }

  /** Writes a whole file, making the folders above it. */
  writeFile(path: string, data: Uint8Array): FileNode {
    const cut = path.lastIndexOf("/");
    const folder = this.makeFolders(path.slice(0, cut));
    const name = path.slice(cut + 1);
    const old = folder.entries.get(name);
    if (old !== undefined) this.remove({ folder, name, node: old });
    const node = this.makeFile(locatedIn(folder, name), 0o644);
    this.quota.takeBytes(data.length);
    node.data = data;
    node.size = data.length;
    node.isShared = true;
    return node;
  }

  /** Takes an entry out of its folder; open descriptors keep the node. */
  remove({ folder, name, node }: Located): void {
    folder.entries.delete(name);
    folder.modifiedAt = this.#now();
    if (node !== undefined) this.quota.freeNode();
    if (node !== undefined) this.letGo(node);
  }

  /** Counts one holder less of a file, and frees its bytes after the last. */
  letGo(node: TreeNode): void {
    if (node.kind !== "file") return;
    node.holders--;
    if (node.holders === 0) this.quota.freeBytes(node.data.length);
  }

  rename(from: Located, to: Located): void {
    const { node } = from;
    if (node === undefined) throw new CallError("ENOENT");
    if (to.node === node) return;
    if (node.kind === "folder" && isInside(to.folder, node)) throw new CallError("EINVAL");
    if (to.node !== undefined) this.#replace(to, node);
    from.folder.entries.delete(from.name);
    to.folder.entries.set(to.name, node);
    if (node.kind === "folder") node.parent = to.folder;
    from.folder.modifiedAt = to.folder.modifiedAt = this.#now();
  }

  /** Makes room for `size` bytes, and takes the bytes out of a captured state's hands. */
  reserve(node: FileNode, size: number): void {
    if (size <= node.data.length && !node.isShared) return;
    const grown = Math.max(size, Math.min(node.data.length * 2, node.data.length + growStepMax));
    const room = size <= node.data.length ? node.data.length : grown;
    this.quota.takeBytes(room - node.data.length);
    const data = new Uint8Array(room);
    data.set(node.data.subarray(0, node.size));
    node.data = data;
    node.isShared = false;
  }

  /** Sets a file's length; what is new is zeros. */
  truncate(node: FileNode, size: number): void {
    this.reserve(node, size);
    if (size < node.size) node.data.fill(0, size, node.size);
    node.size = size;
    this.touch(node);
  }

  touch(node: TreeNode): void {
    node.modifiedAt = node.changedAt = this.#now();
  }

  #replace(to: Located, by: TreeNode): void {
    const old = to.node;
    if (old?.kind === "folder") {
      if (by.kind !== "folder") throw new CallError("EISDIR");
      if (old.entries.size > 0) throw new CallError("ENOTEMPTY");
    } else if (by.kind === "folder") throw new CallError("ENOTDIR");
    this.remove(to);
  }

  #attach(at: Located, node: TreeNode): void {
    if (at.name.length > nameMax) throw new CallError("ENAMETOOLONG");
    this.quota.takeNode();
    at.folder.entries.set(at.name, node);
    at.folder.modifiedAt = this.#now();
  }

  #rootFolder(): FolderNode {
    const now = this.#now();
    const facts = { accessedAt: now, modifiedAt: now, changedAt: now };
    const root = { kind: "folder", inode: 1, mode: fileType.folder | 0o755, ...facts } as const;
    const folder = { ...root, entries: new Map() } as unknown as FolderNode;
    folder.parent = folder;
    return folder;
  }

  #facts(mode: number): NodeFacts {
    const now = this.#now();
    const inode = this.nextInode++;
    return { inode, mode, accessedAt: now, modifiedAt: now, changedAt: now };
  }
}

/** Largest step by which a growing file's buffer grows, in bytes. */
const growStepMax = 4 * 1024 * 1024;

/** Names an entry that is not there yet. */
export function locatedIn(folder: FolderNode, name: string): Located {
  return { folder, name, node: undefined };
}

function stepInto(folder: FolderNode, step: string): Located {
  if (step === "..") return { folder: folder.parent, name: ".", node: folder.parent };
  if (step.length > nameMax) throw new CallError("ENAMETOOLONG");
  return { folder, name: step, node: folder.entries.get(step) };
}

function isInside(folder: FolderNode, ancestor: FolderNode): boolean {
  for (let each = folder; ; each = each.parent) {
    if (each === ancestor) return true;
    if (each.parent === each) return false;
  }
}
