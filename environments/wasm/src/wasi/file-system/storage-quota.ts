import { errno, fail } from "../errno.ts";
import { nameBytes } from "./path-name.ts";

/**
 * Asked before the file system grows to that many bytes; "no" lets the guest's call fail with
 * `nospc`. Told as well when it has become smaller.
 */
export type MayHold = (bytes: number) => boolean;

/** What one inode costs besides names and contents, in bytes: measured on Node 24, rounded up. */
export const inodeBytes = 448;

/** What one name costs besides its own bytes, measured likewise. */
const entryOverheadBytes = 112;

/** What one name in a directory counts, in bytes. */
export function entryBytes(name: string): number {
  return entryOverheadBytes + nameBytes(name);
}

/** Counts what the guest makes the file system hold. */
export class StorageQuota {
  readonly #bytesMax: number;
  readonly #inodesMax: number;
  readonly #mayHold: MayHold | undefined;
  #bytes: number;
  #inodes: number;

  constructor(options: {
    readonly bytesMax: number;
    readonly inodesMax: number;
    readonly bytes: number;
    readonly inodes: number;
    readonly mayHold?: MayHold | undefined;
  }) {
    this.#bytesMax = options.bytesMax;
    this.#inodesMax = options.inodesMax;
    this.#bytes = options.bytes;
    this.#inodes = options.inodes;
    this.#mayHold = options.mayHold;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get inodes(): number {
    return this.#inodes;
  }

  /** True, and counted, if so many more bytes fit. */
  tryTake(bytes: number): boolean {
    const held = this.#bytes + bytes;
    if (held > this.#bytesMax || this.#mayHold?.(held) === false) return false;
    this.#bytes = held;
    return true;
  }

  take(bytes: number): void {
    if (!this.tryTake(bytes)) fail(errno.nospc);
  }

  give(bytes: number): void {
    if (bytes === 0) return;
    this.#bytes -= bytes;
    this.#mayHold?.(this.#bytes);
  }

  takeInode(): void {
    if (this.#inodes >= this.#inodesMax) fail(errno.nospc);
    this.take(inodeBytes);
    this.#inodes += 1;
  }

  giveInode(): void {
    this.give(inodeBytes);
    this.#inodes -= 1;
  }
}
