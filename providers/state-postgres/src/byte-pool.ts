/** Where some bytes stand in a pool, as SQL's `substring` counts. */
export interface BytePlace {
  readonly at: number;
  readonly length: number;
}

/**
 * Bytes of many keys and values in one parameter: it travels as it is, where an array of bytes would
 * be written as text.
 */
export class BytePool {
  readonly #pieces: Uint8Array[] = [];
  readonly #places = new Map<Uint8Array, BytePlace>();
  #length = 0;

  /** Puts an array's bytes in, once. */
  add(bytes: Uint8Array): BytePlace {
    const known = this.#places.get(bytes);
    if (known !== undefined) return known;
    const place = { at: this.#length + 1, length: bytes.byteLength };
    this.#places.set(bytes, place);
    this.#pieces.push(bytes);
    this.#length += bytes.byteLength;
    return place;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#pieces, this.#length);
  }
}
