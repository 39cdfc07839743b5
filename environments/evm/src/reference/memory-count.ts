/** What a frame takes by itself: its stack, its maps, its promises. */
const frameBytes = 16_384;

/**
 * Counts the memory that an execution holds: that of the frames in progress, which is free once they end,
 * and what stays until the transaction does.
 */
export class MemoryCount {
  readonly #bytesMax: number;
  readonly #frames: number[] = [];
  #sum = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  begin(): void {
    this.#frames.push(0);
    this.#sum += frameBytes;
  }

  end(): void {
    const bytes = this.#frames.pop();
    if (bytes !== undefined) this.#sum -= frameBytes + bytes;
  }

  /** Counts what stays, whatever becomes of the frame. */
  keep(bytes: number): void {
    this.#sum += bytes;
  }

  /** Says what the innermost frame holds by now; true where all together are more than may be. */
  isExceededBy(bytes: number): boolean {
    const last = this.#frames.length - 1;
    const before = this.#frames[last];
    if (before !== undefined && bytes > before) {
      this.#frames[last] = bytes;
      this.#sum += bytes - before;
    }
    return this.#sum > this.#bytesMax;
  }
}
