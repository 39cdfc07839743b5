import type { GuestMemory, MemoryImage } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { EngineMemory } from "@bedplate/wasm-module";
import { pageBytes } from "../run/page-count.ts";

/** A linear memory, as tools that know no WebAssembly see it. Writes are not tracked. */
export class LinearMemory implements GuestMemory {
  readonly pageBytes: number = pageBytes;
  readonly #memory: EngineMemory;

  constructor(memory: EngineMemory) {
    this.#memory = memory;
  }

  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#range(offset, length).slice();
  }

  write(offset: number, data: Uint8Array): void {
    this.#range(offset, data.length).set(data);
  }

  capture(): MemoryImage {
    const image = this.read(0, this.bytes);
    return { bytes: image.length, restore: () => this.#restore(image) };
  }

  takeDirtyPages(): undefined {
    return undefined;
  }

  /** A memory that has grown since keeps its size: its instance cannot go back. */
  #restore(image: Uint8Array): void {
    if (image.length !== this.bytes) throw grown(image.length, this.bytes);
    this.write(0, image);
  }

  #range(offset: number, length: number): Uint8Array {
    const isInside =
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(length) &&
      offset >= 0 &&
      length >= 0 &&
      offset + length <= this.bytes;
    if (isInside) return new Uint8Array(this.#memory.buffer, offset, length);
    throw raise("argument.invalid", {
      op: "memory.access",
      detail: { path: "/offset", rule: "must lie inside the memory", limit: this.bytes },
      message: `Cannot reach ${length} bytes at ${offset}: the memory has ${this.bytes}`,
    });
  }
}

function grown(before: number, now: number): Error {
  return raise("snapshot.incompatible", {
    op: "memory.restore",
    detail: { unmet: [`memory of ${before} bytes`] },
    message: `Cannot restore the memory: it has grown from ${before} to ${now} bytes`,
  });
}
