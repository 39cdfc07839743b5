import { errno, fail } from "./errno.ts";

/** Where a guest's memory is; read again for each call because growing replaces the buffer. */
export type MemoryAccessor = () => { readonly buffer: ArrayBuffer };

/** Reads and writes a guest's memory; everything outside of it fails with `fault`. */
export class GuestView {
  readonly #memory: MemoryAccessor;
  #buffer: ArrayBuffer | undefined;
  #data: DataView = nothing;
  #bytes: Uint8Array = new Uint8Array();

  constructor(memory: MemoryAccessor) {
    this.#memory = memory;
  }

  /** Looks at the memory as it is now. Memory cannot grow within a call, so once per call is enough. */
  refresh(): void {
    const { buffer } = this.#memory();
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#data = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  /** Turns a pointer as the guest passes it into an offset, once `length` bytes are there. */
  place(pointer: number, length: number): number {
    const offset = pointer >>> 0;
    if (offset + length > this.#bytes.length) fail(errno.fault);
    return offset;
  }

  /** The bytes themselves, not a copy: they are the guest's, and end with the call. */
  bytes(pointer: number, length: number): Uint8Array {
    const offset = this.place(pointer, length >>> 0);
    return this.#bytes.subarray(offset, offset + (length >>> 0));
  }

  u8(pointer: number): number {
    return this.#data.getUint8(this.place(pointer, 1));
  }

  u16(pointer: number): number {
    return this.#data.getUint16(this.place(pointer, 2), true);
  }

  u32(pointer: number): number {
    return this.#data.getUint32(this.place(pointer, 4), true);
  }

  u64(pointer: number): bigint {
    return this.#data.getBigUint64(this.place(pointer, 8), true);
  }

  setU8(pointer: number, value: number): void {
    this.#data.setUint8(this.place(pointer, 1), value);
  }

  setU16(pointer: number, value: number): void {
    this.#data.setUint16(this.place(pointer, 2), value, true);
  }

  setU32(pointer: number, value: number): void {
    this.#data.setUint32(this.place(pointer, 4), value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.#data.setBigUint64(this.place(pointer, 8), value, true);
  }

  setBytes(pointer: number, value: Uint8Array): void {
    this.#bytes.set(value, this.place(pointer, value.length));
  }
}

const nothing = new DataView(new ArrayBuffer(0));
