import type { EngineMemory } from "@bedplate/wasm-module";
import { code, pageBytes } from "./layout.ts";

/** Reads and writes values of the machine's linear memory in the host's forms. Addresses are bytes. */
export class MachineMemory {
  readonly #memory: EngineMemory;
  #buffer: ArrayBuffer;
  #bytes: Uint8Array;
  #ints: Int32Array;
  #longs: BigUint64Array;

  constructor(memory: EngineMemory) {
    this.#memory = memory;
    this.#buffer = memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#ints = new Int32Array(this.#buffer);
    this.#longs = new BigUint64Array(this.#buffer);
  }

  /** Takes up the new buffer of a memory that has grown; call it whenever Wasm code may have run. */
  refresh(): void {
    if (this.#buffer === this.#memory.buffer) return;
    this.#buffer = this.#memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#ints = new Int32Array(this.#buffer);
    this.#longs = new BigUint64Array(this.#buffer);
  }

  get byteLength(): number {
    return this.#buffer.byteLength;
  }

  /** Makes the memory reach up to `end`; false where it may not grow so far. */
  provide(end: number): boolean {
    if (end <= this.#buffer.byteLength) return true;
    try {
      this.#memory.grow(Math.ceil((end - this.#buffer.byteLength) / pageBytes));
    } catch {
      return false;
    }
    this.refresh();
    return true;
  }

  int(address: number): number {
    return this.#ints[address >>> 2] as number;
  }

  setInt(address: number, value: number): void {
    this.#ints[address >>> 2] = value;
  }

  long(address: number): bigint {
    return this.#longs[address >>> 3] as bigint;
  }

  setLong(address: number, value: bigint): void {
    this.#longs[address >>> 3] = value;
  }

  /** A view, valid until the memory grows. */
  view(address: number, size: number): Uint8Array {
    return this.#bytes.subarray(address, address + size);
  }

  bytes(address: number, size: number): Uint8Array {
    return this.#bytes.slice(address, address + size);
  }

  setBytes(address: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, address);
  }

  zero(address: number, size: number): void {
    this.#bytes.fill(0, address, address + size);
  }

  item(address: number): bigint {
    const at = address >>> 3;
    const longs = this.#longs;
    const high = ((longs[at + 3] as bigint) << 64n) | (longs[at + 2] as bigint);
    const low = ((longs[at + 1] as bigint) << 64n) | (longs[at] as bigint);
    return high === 0n ? low : (high << 128n) | low;
  }

  setItem(address: number, value: bigint): void {
    const at = address >>> 3;
    // The array takes each value modulo 2^64.
    this.#longs[at] = value;
    this.#longs[at + 1] = value >> 64n;
    this.#longs[at + 2] = value >> 128n;
    this.#longs[at + 3] = value >> 192n;
  }

  /** Big-endian bytes of an item: 32, or the last 20. */
  itemBytes(address: number, size: 20 | 32): Uint8Array {
    const result = new Uint8Array(size);
    for (let index = 0; index < size; index++) {
      result[index] = this.#bytes[address + size - 1 - index] as number;
    }
    return result;
  }

  /** Writes big-endian bytes as an item. */
  setItemBytes(address: number, bytes: Uint8Array): void {
    const { length } = bytes;
    for (let index = 0; index < length; index++) {
      this.#bytes[address + index] = bytes[length - 1 - index] as number;
    }
    this.#bytes.fill(0, address + length, address + 32);
  }

  areEqual(a: number, b: number): boolean {
    for (let index = 0; index < 4; index++) {
      if (this.#longs[(a >>> 3) + index] !== this.#longs[(b >>> 3) + index]) return false;
    }
    return true;
  }

  /** The bytes of a code object. */
  codeBytes(object: number): Uint8Array {
    return this.bytes(object, this.int(object + code.size));
  }
}
