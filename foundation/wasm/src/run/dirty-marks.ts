import type { EngineMemory } from "../engine.ts";
import { type DirtyRange, dirtyPageBytes } from "../meter/dirty-map.ts";

/** Bytes of a memory that were written. */
export interface WrittenRange {
  readonly start: number;
  readonly length: number;
}

/** Reads and clears the map of written pages that the rewriter appended. */
export class DirtyMarks {
  readonly #bytes: Uint8Array;
  readonly #ranges: readonly DirtyRange[];

  constructor(memory: EngineMemory, ranges: readonly DirtyRange[]) {
    this.#bytes = new Uint8Array(memory.buffer);
    this.#ranges = ranges;
  }

  /** Starts of the marked pages of a memory of a given size. */
  *pages(memory: number, memoryBytes: number): Generator<number> {
    const map = this.#mapOf(memory, memoryBytes);
    for (let page = map.indexOf(1); page >= 0; page = map.indexOf(1, page + 1)) {
      yield page * dirtyPageBytes;
    }
  }

  /** Copies the marked pages of a memory, or all of one that others may write to. */
  copyMarked(memory: number, copy: { readonly from: Uint8Array; readonly to: Uint8Array }): void {
    if (this.#ranges[memory]?.isOpen !== false) {
      copy.to.set(copy.from);
      return;
    }
    const map = this.#mapOf(memory, copy.from.length);
    for (let page = map.indexOf(1); page >= 0; page = map.indexOf(1, page + 1)) {
      const at = page * dirtyPageBytes;
      copy.to.set(copy.from.subarray(at, at + dirtyPageBytes), at);
    }
  }

  mark(memory: number, range: WrittenRange): void {
    if (range.length <= 0) return;
    const base = this.#ranges[memory]?.start ?? 0;
    const first = Math.floor(range.start / dirtyPageBytes);
    const last = Math.floor((range.start + range.length - 1) / dirtyPageBytes);
    this.#bytes.fill(1, base + first, base + last + 1);
  }

  /** Forgets the marks of a memory of a given size. */
  clear(memory: number, memoryBytes: number): void {
    this.#mapOf(memory, memoryBytes).fill(0);
  }

  #mapOf(memory: number, memoryBytes: number): Uint8Array {
    const start = this.#ranges[memory]?.start ?? 0;
    return this.#bytes.subarray(start, start + memoryBytes / dirtyPageBytes);
  }
}
