import { exhausted } from "./ending.ts";
import { pageBytes } from "./guest-image.ts";

/** Pages kept back at first, so that the error for a full memory can be made and handled. */
const reservePages = 4;

/** How often the allocator asks before it tells the engine that there is no memory. */
const asksPerAllocation = 2;

/** A guest that goes on after this many denials is ended. */
const denialsMax: number = 64 * asksPerAllocation;

/** The bound of one run's memory. Refusing lets the guest see an error first; it may not go on for ever. */
export class MemoryBound {
  readonly #pagesMax: number;
  #denials = 0;

  constructor(bytesMax: number) {
    this.#pagesMax = Math.floor(bytesMax / pageBytes);
  }

  /** Whether the guest ever asked for more than it may have. */
  get wasDenied(): boolean {
    return this.#denials > 0;
  }

  /** Whether a memory of that many bytes fits at all. */
  fits(bytes: number): boolean {
    return bytes <= this.#pagesMax * pageBytes;
  }

  /** Whether the memory may have that many pages in the end. */
  mayGrow(pages: number): boolean {
    const isReserveOpen = this.#denials >= asksPerAllocation;
    const bound = isReserveOpen ? this.#pagesMax : this.#pagesMax - reservePages;
    if (pages <= bound) return true;
    if (++this.#denials > denialsMax) throw exhausted("memoryBytes");
    return false;
  }
}
