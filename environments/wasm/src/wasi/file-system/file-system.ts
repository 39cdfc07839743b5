import { errno, fail } from "../errno.ts";
import type { WasiLimits } from "../wasi-limits.ts";
import { changeUnits } from "../work-units.ts";
import { Directory } from "./directory.ts";
import { LargeFiles } from "./file-bytes.ts";
import { FileContent } from "./file-content.ts";
import type { FileSystemImage, ImageDirectory, ImageNode } from "./file-system-image.ts";
import type { Inode, InodeTimes, RegularFile, SymbolicLink } from "./inode.ts";
import { nameBytes } from "./path-name.ts";
import { entryBytes, type MayHold, StorageQuota } from "./storage-quota.ts";

/** A name within a directory. */
export interface NameIn {
  readonly parent: Directory;
  readonly name: string;
}

/** One run's file system: an image, and what the run changed. Making one costs nothing but the root. */
export class FileSystem {
  readonly root: Directory;
  readonly quota: StorageQuota;
  readonly large: LargeFiles = new LargeFiles();
  readonly #limits: WasiLimits;
  readonly #nowNs: () => bigint;
  readonly #spend: (units: number) => void;
  /** Images' nodes that have several names must become one inode. */
  readonly #linked = new Map<ImageNode, Inode>();
  #nextNumber: number;

  constructor(options: {
    readonly image: FileSystemImage;
    readonly limits: WasiLimits;
    readonly nowNs: () => bigint;
    readonly mayHold?: MayHold | undefined;
    /** Told what changing costs, before it is done. */
    readonly spend: (units: number) => void;
  }) {
    const { image, limits } = options;
    this.#limits = limits;
    this.#nowNs = options.nowNs;
    this.#spend = options.spend;
    this.#nextNumber = image.nextNumber;
    this.quota = new StorageQuota({
      bytesMax: limits.totalBytesMax,
      inodesMax: limits.inodesMax,
      bytes: image.countedBytes,
      inodes: image.inodes,
      mayHold: options.mayHold,
    });
    this.root = this.#openDirectory(image.root, undefined);
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  createFile(at: NameIn): RegularFile {
    this.#claim(at);
    return this.#add(at, {
      kind: "file",
      ...this.#newInode(),
      content: this.#newContent(new Uint8Array(), 0),
    });
  }

  createDirectory(at: NameIn): Directory {
    this.#claim(at);
    const { number, times } = this.#newInode();
    return this.#add(at, new Directory({ number, times, parent: at.parent }));
  }

  createLink(at: NameIn, target: string): SymbolicLink {
    const targetBytes = nameBytes(target);
    if (targetBytes > this.#limits.pathBytesMax) fail(errno.nametoolong);
    this.quota.take(targetBytes);
    try {
      this.#claim(at);
    } catch (error) {
      this.quota.give(targetBytes);
      throw error;
    }
    return this.#add(at, { kind: "symlink", ...this.#newInode(), target });
  }

  /** Gives a file or a link one more name. */
  link(inode: Inode, at: NameIn): void {
    this.#claimName(at);
    inode.links += 1;
    inode.times.changed = this.#nowNs();
    this.#add(at, inode);
  }

  /** Takes a name away, whatever it names; an empty directory loses its only one. */
  remove(at: NameIn): void {
    const inode = at.parent.get(at.name);
    if (inode === undefined) return;
    this.#spend(changeUnits);
    at.parent.delete(at.name);
    this.quota.give(entryBytes(at.name));
    this.#touch(at.parent);
    this.#drop(inode);
  }

  /** Moves a name; what had the new name loses it. The caller has checked that this is allowed. */
  rename(from: NameIn, to: NameIn): void {
    const inode = from.parent.get(from.name) ?? fail(errno.noent);
    const replaced = to.parent.get(to.name);
    if (replaced === inode) return;
    this.#spend(changeUnits);
    if (replaced === undefined) this.#claimName(to);
    from.parent.delete(from.name);
    this.quota.give(entryBytes(from.name));
    to.parent.set(to.name, inode);
    if (replaced !== undefined) this.#drop(replaced);
    if (inode.kind === "directory") inode.parent = to.parent;
    inode.times.changed = this.#nowNs();
    this.#touch(from.parent);
    this.#touch(to.parent);
  }

  /** A descriptor holds the inode from now on. */
  hold(inode: Inode): void {
    inode.opened += 1;
  }

  /** A descriptor let go of it. */
  letGo(inode: Inode): void {
    inode.opened -= 1;
    this.#freeIfUnused(inode);
  }

  #claim(at: NameIn): void {
    this.quota.takeInode();
    try {
      this.#claimName(at);
    } catch (error) {
      this.quota.giveInode();
      throw error;
    }
  }

  #claimName(at: NameIn): void {
    this.#spend(changeUnits);
    if (at.parent.links === 0) fail(errno.noent);
    this.quota.take(entryBytes(at.name));
  }

  #add<T extends Inode>(at: NameIn, inode: T): T {
    at.parent.set(at.name, inode);
    this.#touch(at.parent);
    return inode;
  }

  #touch(directory: Directory): void {
    const now = this.#nowNs();
    directory.times.modified = now;
    directory.times.changed = now;
  }

  #drop(inode: Inode): void {
    inode.links -= 1;
    inode.times.changed = this.#nowNs();
    this.#freeIfUnused(inode);
  }

  #freeIfUnused(inode: Inode): void {
    if (inode.links > 0 || inode.opened > 0) return;
    if (inode.kind === "file") inode.content.release();
    if (inode.kind === "symlink") this.quota.give(nameBytes(inode.target));
    this.quota.giveInode();
  }

  #newInode(): { number: number; times: InodeTimes; links: number; opened: number } {
    const now = this.#nowNs();
    const times = { accessed: now, modified: now, changed: now };
    return { number: this.#nextNumber++, times, links: 1, opened: 0 };
  }

  #newContent(bytes: Uint8Array, written: number): FileContent {
    const bytesMax = this.#limits.fileBytesMax;
    const spend = this.#spend;
    const { quota, large } = this;
    return new FileContent(bytes, { quota, large, bytesMax, written, spend });
  }

  #openDirectory(image: ImageDirectory, parent: Directory | undefined): Directory {
    const fill = (directory: Directory): void => {
      for (const [name, node] of image.entries)
        directory.set(name, this.#openNode(node, directory));
    };
    return new Directory({ number: image.number, times: { ...image.times }, parent, fill });
  }

  #openNode(node: ImageNode, parent: Directory): Inode {
    if (node.kind === "directory") return this.#openDirectory(node, parent);
    const known = this.#linked.get(node);
    if (known !== undefined) return known;
    const { number, links } = node;
    const base = { number, links, opened: 0, times: { ...node.times } };
    const inode: Inode =
      node.kind === "file"
        ? { kind: "file", ...base, content: this.#newContent(node.bytes, node.written) }
        : { kind: "symlink", ...base, target: node.target };
    if (links > 1) this.#linked.set(node, inode);
    return inode;
  }
}
