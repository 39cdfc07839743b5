import { createHash } from "node:crypto";

const blockBytes = 32;

/** Random-looking bytes that follow from a seed alone: SHA-256 over the seed and a counter. */
export class SeededChance {
  readonly #seed: Uint8Array;
  #block: Uint8Array = new Uint8Array();
  #used = 0;
  #counter = 0n;

  constructor(seed: Uint8Array) {
    this.#seed = seed;
  }

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      if (this.#used === this.#block.length) this.#nextBlock();
      const part = this.#block.subarray(this.#used, this.#used + count - at);
      result.set(part, at);
      this.#used += part.length;
      at += part.length;
    }
    return result;
  }

  #nextBlock(): void {
    const counter = new Uint8Array(8);
    new DataView(counter.buffer).setBigUint64(0, this.#counter);
    this.#counter += 1n;
    this.#block = createHash("sha256")
      .update(this.#seed)
      .update(counter)
      .digest()
      .subarray(0, blockBytes);
    this.#used = 0;
  }
}
