import type { Inode, InodeBase, InodeTimes } from "./inode.ts";

/** One name in a directory. `cookie` grows with every entry and is never used again. */
export interface DirectoryEntry {
  readonly name: string;
  readonly cookie: number;
  readonly inode: Inode;
}

/** A place in the order of entries; without an inode once its name was removed. */
interface Slot {
  readonly name: string;
  readonly cookie: number;
  inode: Inode | undefined;
}

/** Fills a directory when it is first looked into; most directories of an image never are. */
export type FillDirectory = (directory: Directory) => void;

/** Removed entries are swept out when they are more than this and more than half. */
const sweepMin = 32;

/** A directory. Entries keep their order and their cookies while others come and go. */
export class Directory implements InodeBase {
  readonly kind = "directory";
  readonly number: number;
  readonly times: InodeTimes;
  links = 1;
  opened = 0;
  /** Itself for the root. */
  parent: Directory;
  #fill: FillDirectory | undefined;
  readonly #byName = new Map<string, Slot>();
  #inOrder: Slot[] = [];
  #removed = 0;
  #nextCookie = 1;

  constructor(options: {
    readonly number: number;
    readonly times: InodeTimes;
    readonly parent?: Directory | undefined;
    readonly fill?: FillDirectory | undefined;
  }) {
    this.number = options.number;
    this.times = options.times;
    this.parent = options.parent ?? this;
    this.#fill = options.fill;
  }

  get isEmpty(): boolean {
    return this.#entries().size === 0;
  }

  get(name: string): Inode | undefined {
    return this.#entries().get(name)?.inode;
  }

  /** Puts an inode under a name; an inode that had the name loses it. */
  set(name: string, inode: Inode): void {
    const entries = this.#entries();
    const existing = entries.get(name);
    if (existing !== undefined) {
      existing.inode = inode;
      return;
    }
    const entry = { name, inode, cookie: this.#nextCookie++ };
    entries.set(name, entry);
    this.#inOrder.push(entry);
  }

  delete(name: string): void {
    const entry = this.#entries().get(name);
    if (entry === undefined) return;
    this.#byName.delete(name);
    entry.inode = undefined;
    this.#removed += 1;
    if (this.#removed <= sweepMin || this.#removed * 2 <= this.#inOrder.length) return;
    this.#inOrder = this.#inOrder.filter((each) => each.inode !== undefined);
    this.#removed = 0;
  }

  /** Entries from a cookie on, in order. Listing the rest again and again stays linear. */
  *from(cookie: number): IterableIterator<DirectoryEntry> {
    this.#entries();
    const slots = this.#inOrder;
    for (let index = firstAtOrAfter(slots, cookie); index < slots.length; index++) {
      const slot = slots[index];
      if (slot?.inode !== undefined) yield slot as DirectoryEntry;
    }
  }

  #entries(): Map<string, Slot> {
    const fill = this.#fill;
    this.#fill = undefined;
    fill?.(this);
    return this.#byName;
  }
}

function firstAtOrAfter(slots: readonly Slot[], cookie: number): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle]?.cookie ?? cookie) < cookie) low = middle + 1;
    else high = middle;
  }
  return low;
}
