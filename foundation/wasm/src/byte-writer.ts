/** Writes the primitive values of the binary format into a buffer that grows. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  u32(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed integer in the 32-bit range. */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** A signed integer in the range of safe integers. */
  signed(value: number): void {
    if (value === (value | 0)) {
      this.s32(value);
      return;
    }
    const low = value - Math.floor(value / 0x80) * 0x80;
    this.byte(low | 0x80);
    this.signed(Math.floor(value / 0x80));
  }

  /** Any 64-bit integer, signed or unsigned; the bits are what counts. */
  s64(value: bigint | number): void {
    if (typeof value === "number") {
      this.signed(value);
      return;
    }
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest > 0x3fn) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  u64(value: bigint): void {
    let rest = value;
    while (rest >= 0x80n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  name(text: string): void {
    this.prefixed(new TextEncoder().encode(text));
  }

  /** Writes a length, then the bytes. */
  prefixed(values: Uint8Array): void {
    this.u32(values.length);
    this.bytes(values);
  }

  /** Writes what `write` writes, behind its length. */
  measured(write: () => void): void {
    const start = this.#length;
    this.#reserve(lengthBytesMax);
    this.#length += lengthBytesMax;
    write();
    const size = this.#length - start - lengthBytesMax;
    this.#length = start;
    this.u32(size);
    this.#bytes.copyWithin(this.#length, start + lengthBytesMax, start + lengthBytesMax + size);
    this.#length += size;
  }

  /** The bytes written so far; the writer must not be used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The bytes written so far; a view, valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** Copies bytes of `source`; short runs byte by byte, which is faster for them. */
  copyRange(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.#reserve(size);
    if (size < shortCopyBytes) {
      const target = this.#bytes;
      let to = this.#length;
      for (let from = start; from < end; from++) target[to++] = source[from] as number;
    } else {
      this.#bytes.set(source.subarray(start, end), this.#length);
    }
    this.#length += size;
  }

  #reserve(size: number): void {
    if (this.#length + size > this.#bytes.length) this.#grow(size);
  }

  #grow(size: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** A `u32` takes at most five bytes. */
const lengthBytesMax = 5;
const shortCopyBytes = 48;
