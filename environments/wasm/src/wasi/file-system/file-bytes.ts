import { errno, fail } from "../errno.ts";

/** From here on a file has pages of its own. */
const ownPagesBytes = 65_536;

/** The bytes of large files of one run; each can be given back at once. */
export class LargeFiles {
  readonly #buffers = new Set<ArrayBuffer>();

  add(buffer: ArrayBuffer): void {
    this.#buffers.add(buffer);
  }

  /** Gives the pages back to the system, whoever still holds the buffer. */
  free(buffer: ArrayBuffer): void {
    buffer.resize(0);
    this.#buffers.delete(buffer);
  }

  freeAll(): void {
    for (const buffer of this.#buffers) this.free(buffer);
  }
}

/**
 * The bytes of one file. A large one lies in a buffer that grows where it is and gives its pages
 * back when it is emptied: nothing is copied, and nothing waits for the engine's collector, which
 * does not see at once how much a dropped buffer was.
 */
export class FileBytes {
  readonly #large: LargeFiles;
  readonly #bytesMax: number;
  #buffer = new ArrayBuffer(0);
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(this.#buffer);

  constructor(options: { readonly large: LargeFiles; readonly bytesMax: number }) {
    this.#large = options.large;
    this.#bytesMax = options.bytesMax;
  }

  /** Of all that was reserved. What nobody wrote is zeros. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Makes room for so many bytes; there is never less than before. */
  reserve(capacity: number): void {
    if (capacity <= this.#bytes.length) return;
    if (this.#buffer.resizable) this.#buffer.resize(capacity);
    else this.#move(capacity);
  }

  release(): void {
    if (this.#buffer.resizable) this.#large.free(this.#buffer);
    this.#buffer = new ArrayBuffer(0);
    this.#bytes = new Uint8Array(this.#buffer);
  }

  #move(capacity: number): void {
    const buffer = this.#allocate(capacity);
    const bytes = new Uint8Array(buffer);
    bytes.set(this.#bytes);
    this.#buffer = buffer;
    this.#bytes = bytes;
  }

  #allocate(capacity: number): ArrayBuffer {
    if (capacity < ownPagesBytes) return new ArrayBuffer(capacity);
    try {
      const buffer = new ArrayBuffer(capacity, { maxByteLength: this.#bytesMax });
      this.#large.add(buffer);
      return buffer;
    } catch (error) {
      // The machine has no room for it.
      if (error instanceof RangeError) fail(errno.nospc);
      throw error;
    }
  }
}
