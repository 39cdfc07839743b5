import { malformed } from "./malformed.ts";

const nameDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the primitive values of the binary format, and never past `end`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  offset: number;
  end: number;

  constructor(bytes: Uint8Array, offset = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get isDone(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    if (this.offset >= this.end) throw malformed(this.offset, "unexpected end");
    return this.bytes[this.offset++] as number;
  }

  peek(): number {
    if (this.offset >= this.end) throw malformed(this.offset, "unexpected end");
    return this.bytes[this.offset] as number;
  }

  /** Moves over `count` bytes and answers where they start. */
  skip(count: number): number {
    const start = this.offset;
    if (count > this.end - start) throw malformed(start, "unexpected end");
    this.offset = start + count;
    return start;
  }

  u32(): number {
    const first = this.byte();
    return first < 0x80 ? first : this.#longU32(first);
  }

  /** A signed 33-bit integer, as a number. */
  s33(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
      if (shift === 28) throw malformed(this.offset, "integer representation too long");
    }
  }

  u64(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value >= 1n << 64n) throw malformed(this.offset, "integer too large");
        return value;
      }
      if (shift === 63n) throw malformed(this.offset, "integer representation too long");
    }
  }

  s64(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, byte & 0x40 ? value - (1n << (shift + 7n)) : value);
      if (shift === 63n) throw malformed(this.offset, "integer representation too long");
    }
  }

  /** Moves over an integer of at most `bytesMax` bytes. */
  skipInteger(bytesMax: number): void {
    for (let count = 1; this.byte() >= 0x80; count++) {
      if (count === bytesMax) throw malformed(this.offset, "integer representation too long");
    }
  }

  /** Reads the length of a vector; each item takes at least one byte, so it cannot exceed the rest. */
  count(max: number, what: string): number {
    const start = this.offset;
    const count = this.u32();
    if (count > max) throw malformed(start, `${count} ${what}, the limit is ${max},`);
    if (count > this.end - this.offset) throw malformed(start, `${count} ${what} do not fit`);
    return count;
  }

  name(bytesMax: number): string {
    const length = this.count(bytesMax, "bytes of a name");
    const start = this.skip(length);
    try {
      return nameDecoder.decode(this.bytes.subarray(start, start + length));
    } catch (cause) {
      throw malformed(start, "malformed UTF-8", cause);
    }
  }

  #longU32(first: number): number {
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.byte();
    if (last > 0x0f) throw malformed(this.offset - 1, "integer too large");
    return (value | (last << 28)) >>> 0;
  }
}
