import { createHash } from "node:crypto";

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
      const block = this.#block(`bytes/${this.#counter++}`);
      result.set(block.subarray(0, count - offset), offset);
    }
    return result;
  }

  /** A word for `Math.random`, whose generator must not start from 0. */
  randomState(): bigint {
    return this.#block("Math.random").readBigUInt64LE() | 1n;
  }

  #block(purpose: string): Buffer {
    return createHash("sha256").update(this.#seed).update(purpose).digest();
  }
}
