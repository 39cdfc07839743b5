import { type Ending, ExpiryHeap } from "./expiry-heap.ts";

/** What a bounded map holds. */
export interface BoundedRecord extends Ending {
  readonly id: string;
  readonly bytes: number;
}

/** Ended records that one operation clears away at most. */
const sweepMax = 1_000;

/** A map of a bounded size that forgets what has ended, and then what was used least lately. */
export class BoundedRecords<T extends BoundedRecord> {
  readonly #bytesMax: number;
  readonly #onRemoved: (record: T) => void;
  // In the order of their last use.
  readonly #records = new Map<string, T>();
  readonly #ends = new ExpiryHeap<T>();
  #bytes = 0;

  constructor(bytesMax: number, onRemoved: (record: T) => void) {
    this.#bytesMax = bytesMax;
    this.#onRemoved = onRemoved;
  }

  /** How many records there are, ended ones that were not cleared away included. */
  get size(): number {
    return this.#records.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: string, nowMs: number): T | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    if (record.endMs <= nowMs) {
      this.delete(id);
      return undefined;
    }
    this.#records.delete(id);
    this.#records.set(id, record);
    return record;
  }

  set(record: T, nowMs: number): void {
    this.delete(record.id);
    this.#records.set(record.id, record);
    this.#ends.push(record);
    this.#bytes += record.bytes;
    this.#sweep(nowMs);
    for (const id of this.#records.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.delete(id);
    }
    // Records that were replaced stay in the heap until their end; they must not outgrow the map.
    if (this.#ends.size > 2 * this.#records.size + 64) this.#ends.rebuild(this.#records.values());
  }

  delete(id: string): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#bytes -= record.bytes;
    this.#onRemoved(record);
  }

  #sweep(nowMs: number): void {
    for (let swept = 0; swept < sweepMax; swept++) {
      const ended = this.#ends.popEnded(nowMs);
      if (ended === undefined) return;
      if (this.#records.get(ended.id) === ended) this.delete(ended.id);
    }
  }
}
