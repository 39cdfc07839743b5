/** Size that the buffer of a writer starts with; it doubles as needed. */
const startBytes = 4_096;

/** A buffer larger than this is dropped after use rather than kept for the next. */
const keptBytesMax: number = 1024 * 1024;

/**
 * Writes deterministic CBOR (RFC 8949, 4.2.1) piece by piece, for fixed shapes on hot paths where
 * `encodeCbor` would first build the value. The caller sees to the counts of arrays.
 */
export class CborWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(startBytes);
  #length = 0;

  /** The bytes so far; they are overwritten after the next `reset`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > keptBytesMax) this.#buffer = Buffer.allocUnsafeSlow(startBytes);
  }

  /** Head of an array of so many items. */
  array(count: number): void {
    this.#head(0x80, count);
  }

  null(): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = 0xf6;
  }

  /** A safe integer. */
  integer(value: number): void {
    if (value < 0) this.#head(0x20, -1 - value);
    else this.#head(0x00, value);
  }

  text(value: string): void {
    if (isShortAscii(value)) this.#shortText(value);
    else this.#longText(value);
  }

  byteString(value: Uint8Array): void {
    this.#head(0x40, value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Most texts are short names: writing their bytes here is faster than a call of `Buffer`. */
  #shortText(value: string): void {
    this.#reserve(1 + value.length);
    this.#buffer[this.#length++] = 0x60 | value.length;
    for (let at = 0; at < value.length; at++) this.#buffer[this.#length++] = value.charCodeAt(at);
  }

  #longText(value: string): void {
    const count = Buffer.byteLength(value);
    this.#head(0x60, count);
    this.#reserve(count);
    this.#length += this.#buffer.write(value, this.#length, count, "utf8");
  }

  /** Major type and argument, in the shortest form. */
  #head(major: number, value: number): void {
    this.#reserve(9);
    const buffer = this.#buffer;
    if (value < 24) {
      buffer[this.#length++] = major | value;
    } else if (value < 0x100) {
      buffer[this.#length++] = major | 24;
      buffer[this.#length++] = value;
    } else if (value < 0x10000) {
      buffer[this.#length++] = major | 25;
      this.#length = buffer.writeUInt16BE(value, this.#length);
    } else if (value < 0x100000000) {
      buffer[this.#length++] = major | 26;
      this.#length = buffer.writeUInt32BE(value, this.#length);
    } else {
      buffer[this.#length++] = major | 27;
      this.#length = buffer.writeUInt32BE(Math.floor(value / 0x100000000), this.#length);
      this.#length = buffer.writeUInt32BE(value % 0x100000000, this.#length);
    }
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** True for a text whose head is one byte, and whose characters are one byte each. */
function isShortAscii(value: string): boolean {
  if (value.length >= 24) return false;
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 0x7f) return false;
  return true;
}
