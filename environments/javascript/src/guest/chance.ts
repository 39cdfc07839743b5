import { createHash, hash } from "node:crypto";

/** A run's chance: SHA-256 over its seed, a purpose and a counter. The same seed gives the same bytes. */
export class Chance {
  readonly #seed: Uint8Array;
  #counter = 0;

  constructor(seed: Uint8Array) {
    this.#seed = seed;
  }

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let offset = 0; offset < count; offset += 32) {
      const text = this.#text(`bytes/${this.#counter++}`);
      const end = Math.min(count, offset + text.length);
      for (let at = offset; at < end; at++) result[at] = text.charCodeAt(at - offset);
    }
    return result;
  }

  /** A block as a text: that costs a fifth of what making a buffer for each does. */
  #text(purpose: string): string {
    return hash("sha256", Buffer.concat([this.#seed, Buffer.from(purpose)]), "binary");
  }

  /** A word for `Math.random`, whose generator must not start from 0. */
  randomState(): bigint {
    return this.#block("Math.random").readBigUInt64LE() | 1n;
  }

  #block(purpose: string): Buffer {
    return createHash("sha256").update(this.#seed).update(purpose).digest();
  }
}
