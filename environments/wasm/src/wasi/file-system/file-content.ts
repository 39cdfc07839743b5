import { errno, fail } from "../errno.ts";
import { copyUnits } from "../work-units.ts";
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
  #bytes: Uint8Array;
  #size: number;
  #isShared = true;
  /** How much of the shared bytes an earlier guest wrote. */
  #sharedWritten: number;

  constructor(
    shared: Uint8Array,
    options: {
      readonly quota: StorageQuota;
      readonly bytesMax: number;
      readonly written: number;
      /** Told what allocating and clearing costs, before it is done. */
      readonly spend: (units: number) => void;
    },
  ) {
    this.#bytes = shared;
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
    if (count > 0) target.set(this.#bytes.subarray(offset, offset + count));
    return count;
  }

  /** Writes at `offset`; what lies between the end and `offset` becomes zeros. */
  write(offset: number, source: Uint8Array): void {
    if (source.length === 0) return;
    const end = offset + source.length;
    this.#own(Math.max(end, this.#size));
    this.#bytes.set(source, offset);
    this.#size = Math.max(this.#size, end);
  }

  /** Cuts the file, or extends it with zeros. */
  resize(size: number): void {
    if (size === this.#size) return;
    if (size === 0) {
      this.release();
      return;
    }
    this.#own(size);
    // What was cut must read as zeros when the file grows again.
    if (size < this.#size) {
      this.#spend(copyUnits(this.#size - size));
      this.#bytes.fill(0, size, this.#size);
    }
    this.#size = size;
  }

  /** Forgets everything and gives the space back. */
  release(): void {
    if (!this.#isShared) this.#quota.give(this.#bytes.length);
    this.#bytes = empty;
    this.#size = 0;
    this.#isShared = true;
    this.#sharedWritten = 0;
  }

  /** Bytes that the guest made the file system hold and that a captured image goes on holding. */
  get written(): number {
    return this.#isShared ? this.#sharedWritten : this.#size;
  }

  /** The present bytes, which are shared from now on: the next write copies them. */
  share(): Uint8Array {
    this.#sharedWritten = this.written;
    // Room to grow is left behind: an image would hold it without counting it.
    if (this.#bytes.length > this.#size) this.#bytes = this.#bytes.slice(0, this.#size);
    this.#isShared = true;
    return this.#bytes;
  }

  /** Makes sure that the bytes are ours and that `size` of them fit. */
  #own(size: number): void {
    if (size > this.#bytesMax) fail(errno.fbig);
    if (!this.#isShared && size <= this.#bytes.length) return;
    const held = this.#isShared ? 0 : this.#bytes.length;
    const capacity = this.#takeCapacity(size, held);
    this.#spend(copyUnits(capacity));
    const bytes = new Uint8Array(capacity);
    bytes.set(this.#bytes.subarray(0, Math.min(this.#size, capacity)));
    this.#bytes = bytes;
    this.#isShared = false;
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
