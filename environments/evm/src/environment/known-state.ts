import type { StateReader } from "@bedplate/environment";
import { packed } from "../transition/bytes.ts";

/** A state as one execution saw it: what it did not look at is not there. */
export class KnownState implements StateReader {
  readonly #reads: StateReader;
  readonly #seen = new Map<string, Uint8Array | null>();

  constructor(reads: StateReader) {
    this.#reads = reads;
  }

  /** Passes looks on, and remembers what they found. */
  get recorder(): StateReader {
    return {
      peek: (key) => {
        const value = this.#reads.peek(key);
        if (value !== undefined) this.#seen.set(packed(key), value);
        return value;
      },
      load: (keys, call) => this.#reads.load(keys, call),
    };
  }

  peek(key: Uint8Array): Uint8Array | null {
    return this.#seen.get(packed(key)) ?? null;
  }

  async load(): Promise<void> {}
}
