import type { EngineMemory } from "@bedplate/wasm-module";

/** Typed access to the guest's linear memory; views are renewed when the memory has grown. */
export class LinearMemory {
  readonly #memory: EngineMemory;
  #view: DataView;
  #bytes: Uint8Array;

  constructor(memory: EngineMemory) {
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  /** All of it, as it is now; a view dies when the memory grows. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#bytes;
  }

  get view(): DataView {
    // Reading `bytes` renews both views.
    void this.bytes;
    return this.#view;
  }

  /** Grows to hold `size` bytes; false when the engine refuses. */
  grow(size: number): boolean {
    const pages = Math.ceil((size - this.size) / pageBytes);
    try {
      if (pages > 0) this.#memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  u32(at: number): number {
    return this.view.getUint32(at >>> 0, true);
  }

  setU32(at: number, value: number): void {
    this.view.setUint32(at >>> 0, value, true);
  }

  setU64(at: number, value: bigint): void {
    this.view.setBigUint64(at >>> 0, value, true);
  }

  slice(at: number, length: number): Uint8Array {
    return this.bytes.subarray(at >>> 0, (at >>> 0) + length);
  }

  /** A text that ends with a zero byte. */
  text(at: number): string {
    const start = at >>> 0;
    const end = this.bytes.indexOf(0, start);
    return decoder.decode(this.bytes.slice(start, end < 0 ? this.size : end));
  }

  /** Writes a text and its zero byte; returns the bytes written. */
  setText(at: number, text: string): number {
    const bytes = encoder.encode(`${text}\0`);
    this.bytes.set(bytes, at >>> 0);
    return bytes.length;
  }
}

/** Granularity of growth. */
export const pageBytes = 65_536;

const decoder = new TextDecoder();
const encoder = new TextEncoder();
