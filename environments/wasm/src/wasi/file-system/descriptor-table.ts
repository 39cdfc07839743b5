import { errno, fail } from "../errno.ts";
import type { FileSystem } from "./file-system.ts";
import type { Inode } from "./inode.ts";

/** Flags of an open descriptor, as bits. Everything is synchronous here, so three of them are only kept. */
export const descriptorFlag = {
  append: 1,
  dsync: 2,
  nonblock: 4,
  rsync: 8,
  sync: 16,
} as const;

/** All flags that exist. */
export const descriptorFlagsAll = 31;

/** What the guest holds as a number. */
export interface Descriptor {
  readonly inode: Inode;
  /** Next byte to read or write. */
  position: number;
  flags: number;
  rights: number;
  inheriting: number;
  /** Set for directories that were there from the beginning. */
  readonly preopen?: Uint8Array | undefined;
}

/** The open descriptors of one run; the lowest free number is the next one. */
export class DescriptorTable {
  readonly #fileSystem: FileSystem;
  readonly #openMax: number;
  readonly #slots: (Descriptor | undefined)[] = [];
  #open = 0;
  /** No slot below it is free. */
  #lowestFree = 0;

  constructor(fileSystem: FileSystem, openMax: number) {
    this.#fileSystem = fileSystem;
    this.#openMax = openMax;
  }

  /** The descriptor with a number; fails with `badf`, or with `notcapable` if it lacks a right. */
  get(fd: number, rights = 0): Descriptor {
    const descriptor = this.#slots[fd >>> 0];
    if (descriptor === undefined) return fail(errno.badf);
    if ((descriptor.rights & rights) !== rights) fail(errno.notcapable);
    return descriptor;
  }

  /** The descriptor with a number, if it is open. */
  find(fd: number): Descriptor | undefined {
    return this.#slots[fd >>> 0];
  }

  /** Fails if one more cannot be opened, before anything is created for it. */
  claim(): void {
    if (this.#open >= this.#openMax) fail(errno.mfile);
  }

  add(descriptor: Descriptor): number {
    this.claim();
    while (this.#slots[this.#lowestFree] !== undefined) this.#lowestFree += 1;
    const fd = this.#lowestFree;
    this.#slots[fd] = descriptor;
    this.#open += 1;
    this.#lowestFree = fd + 1;
    this.#fileSystem.hold(descriptor.inode);
    return fd;
  }

  close(fd: number): void {
    const { inode } = this.get(fd);
    this.#slots[fd] = undefined;
    this.#open -= 1;
    this.#lowestFree = Math.min(this.#lowestFree, fd);
    this.#fileSystem.letGo(inode);
  }

  /** Moves a descriptor onto an open number, which is closed before. */
  renumber(from: number, to: number): void {
    const moved = this.get(from);
    const { inode: closed } = this.get(to);
    if (from === to) return;
    this.#slots[to] = moved;
    this.#slots[from] = undefined;
    this.#open -= 1;
    this.#lowestFree = Math.min(this.#lowestFree, from);
    this.#fileSystem.letGo(closed);
  }
}
