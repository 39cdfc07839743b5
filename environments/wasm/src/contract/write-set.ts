import type { StateWrite } from "@bedplate/environment";
import { byteKey } from "../run/byte-key.ts";

/** Most bytes of keys and values that one run may hold as writes. */
export const writeBytesMax: number = 64 * 1024 * 1024;

/** Captured writes: the run's own later reads see them, nobody else does. */
export class WriteSet {
  readonly #writes = new Map<string, StateWrite>();
  #bytes = 0;

  /** The written value, null where it was deleted, undefined where this run did not write. */
  get(key: Uint8Array): Uint8Array | null | undefined {
    return this.#writes.size === 0 ? undefined : this.#writes.get(byteKey(key))?.value;
  }

  /** False when the set would grow over its limit; nothing is written then. */
  put(key: Uint8Array, value: Uint8Array | null): boolean {
    const name = byteKey(key);
    const before = this.#writes.get(name);
    const bytes = this.#bytes - bytesOf(before) + key.length + (value?.length ?? 0);
    if (bytes > writeBytesMax) return false;
    this.#bytes = bytes;
    this.#writes.set(name, { key, value });
    return true;
  }

  /** Unique keys with their last values, sorted bytewise. */
  sorted(): readonly StateWrite[] {
    if (this.#writes.size === 0) return [];
    return [...this.#writes.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }
}

function bytesOf(write: StateWrite | undefined): number {
  return write === undefined ? 0 : write.key.length + (write.value?.length ?? 0);
}
