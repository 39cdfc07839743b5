import { errno, fail } from "../errno.ts";
import { copyUnits } from "../work-units.ts";
import { FileBytes, type LargeFiles } from "./file-bytes.ts";
import type { StorageQuota } from "./storage-quota.ts";

const capacityMin = 64;

/**
 * The bytes of a file. Bytes that came from an image are shared until the first write.
 *
 * What counts against the quota is what is allocated, not what is used; shared bytes are the
 * image's.
 */
export class FileContent {
  readonly #quota: StorageQuota;
  readonly #bytesMax: number;
  readonly #spend: (units: number) => void;
  readonly #own: FileBytes;
  /** An image's bytes; undefined once the guest has written. */
  #shared: Uint8Array | undefined;
  #size: number;
  /** What the own bytes may take, and count. */
  #capacity = 0;
  /** How much of the shared bytes an earlier guest wrote. */
  #sharedWritten: number;

  constructor(
    shared: Uint8Array,
    options: {
      readonly quota: StorageQuota;
      readonly large: LargeFiles;
      readonly bytesMax: number;
      readonly written: number;
      /** Told what allocating and clearing costs, before it is done. */
      readonly spend: (units: number) => void;
    },
  ) {
    this.#own = new FileBytes(options);
    this.#shared = shared;
    this.#sharedWritten = options.written;
    this.#size = shared.length;
    this.#quota = options.quota;
    this.#spend = options.spend;
    this.#bytesMax = options.bytesMax;
  }

  get size(): number {
    return this.#size;
  }

  /** Copies what is there from `offset` on into `target`; returns how much that was. */
  read(offset: number, target: Uint8Array): number {
    const count = Math.min(target.length, Math.max(0, this.#size - offset));
    if (count === 0) return 0;
    const bytes = this.#shared ?? this.#own.bytes;
    target.set(bytes.subarray(offset, offset + count));
    return count;
  }

  /** Writes at `offset`; what lies between the end and `offset` becomes zeros. */
  write(offset: number, source: Uint8Array): void {
    if (source.length === 0) return;
    const end = offset + source.length;
    this.#demandRoom(Math.max(end, this.#size));
    this.#own.bytes.set(source, offset);
    this.#size = Math.max(this.#size, end);
  }

  /** Cuts the file, or extends it with zeros. */
  resize(size: number): void {
    if (size === this.#size) return;
    if (size === 0) {
      this.release();
      return;
    }
    this.#demandRoom(size);
    // What was cut must read as zeros when the file grows again.
    if (size < this.#size) {
      this.#spend(copyUnits(this.#size - size));
      this.#own.bytes.fill(0, size, this.#size);
    }
    this.#size = size;
  }

  /** Forgets everything and gives the space back. */
  release(): void {
    this.#quota.give(this.#capacity);
    this.#own.release();
    this.#capacity = 0;
    this.#shared = empty;
    this.#size = 0;
    this.#sharedWritten = 0;
  }

  /** Bytes that the guest made the file system hold and that a captured image goes on holding. */
  get written(): number {
    return this.#shared === undefined ? this.#size : this.#sharedWritten;
  }

  /** The present bytes, which are shared from now on: the next write copies them. */
  share(): Uint8Array {
    this.#sharedWritten = this.written;
    // Room to grow is left behind: an image would hold it without counting it.
    this.#shared ??= this.#own.bytes.slice(0, this.#size);
    this.#own.release();
    this.#capacity = 0;
    return this.#shared;
  }

  /** Makes sure that the bytes are ours and that `size` of them fit. */
  #demandRoom(size: number): void {
    if (size > this.#bytesMax) fail(errno.fbig);
    if (this.#shared !== undefined || size > this.#capacity) this.#grow(size);
  }

  #grow(size: number): void {
    const capacity = this.#takeCapacity(size, this.#capacity);
    this.#spend(copyUnits(capacity));
    this.#reserve(capacity);
    const shared = this.#shared;
    this.#shared = undefined;
    if (shared !== undefined) {
      this.#own.bytes.set(shared.subarray(0, Math.min(this.#size, capacity)));
    }
  }

  #reserve(capacity: number): void {
    try {
      this.#own.reserve(capacity);
    } catch (error) {
      this.#quota.give(capacity - this.#capacity);
      throw error;
    }
    this.#capacity = capacity;
  }

  /** Grows by doubling while there is room, so that appending stays cheap. */
  #takeCapacity(size: number, held: number): number {
    const generous = Math.min(this.#bytesMax, Math.max(size, held * 2, capacityMin));
    if (this.#quota.tryTake(generous - held)) return generous;
    this.#quota.take(size - held);
    return size;
  }
}

const empty = new Uint8Array();
