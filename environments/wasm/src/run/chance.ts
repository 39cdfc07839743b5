import { hash } from "node:crypto";

const blockBytes = 32;
const counterBytes = 8;

/** Random-looking bytes that follow from a seed alone: SHA-256 over the seed and a counter. */
export class SeededChance {
  /** The seed, and behind it the counter. */
  readonly #input: Uint8Array;
  readonly #counterView: DataView;
  readonly #block: Uint8Array = new Uint8Array(blockBytes);
  #used = blockBytes;
  #counter = 0n;

  constructor(seed: Uint8Array) {
    this.#input = new Uint8Array(seed.length + counterBytes);
    this.#input.set(seed);
    this.#counterView = new DataView(this.#input.buffer, seed.length);
  }

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      if (this.#used === blockBytes) this.#nextBlock();
      const part = this.#block.subarray(this.#used, this.#used + count - at);
      result.set(part, at);
      this.#used += part.length;
      at += part.length;
    }
    return result;
  }

  #nextBlock(): void {
    this.#counterView.setBigUint64(0, this.#counter);
    this.#counter += 1n;
    // As a text: that costs a fifth of what making a buffer for each block does.
    const text = hash("sha256", this.#input, "binary");
    for (let at = 0; at < blockBytes; at++) this.#block[at] = text.charCodeAt(at);
    this.#used = 0;
  }
}
