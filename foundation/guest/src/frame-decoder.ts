import { corrupt } from "./guest-fault.ts";
import { dataBytesMax, headerBytes } from "./wire-numbers.ts";

export interface Frame {
  readonly kind: number;
  readonly channel: number;
  readonly stream: number;
  /** Valid until the next call of the decoder. */
  readonly body: Uint8Array;
}

/** Zeros that may stand between two frames: as many as end the longest one. */
const fillerBytesMax: number = headerBytes + dataBytesMax;

/**
 * Cuts a guest's bytes into frames. It keeps at most one unfinished frame, so a guest cannot make it
 * grow; a length beyond the limit ends the connection before any of it is kept.
 */
export class FrameDecoder {
  readonly #header = new Uint8Array(headerBytes);
  #headerFilled = 0;
  #fillerBytes = 0;
  #body: Uint8Array | undefined;
  #bodyFilled = 0;

  /** The frames that are whole with `chunk`; each is taken before the next one is made. */
  *push(chunk: Uint8Array): Generator<Frame, void> {
    let at = 0;
    for (;;) {
      if (this.#headerFilled < headerBytes) {
        at = this.#fillHeader(chunk, at);
        if (this.#headerFilled < headerBytes) return;
      }
      const length = this.#length();
      if (this.#body === undefined && chunk.length - at >= length) {
        yield this.#finish(chunk.subarray(at, at + length));
        at += length;
      } else {
        at = this.#fillBody(chunk, { at, length });
        if (this.#body === undefined || this.#bodyFilled < length) return;
        yield this.#finish(this.#body);
      }
    }
  }

  #fillHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    // Zeros between frames mean nothing.
    while (this.#headerFilled === 0 && at < chunk.length && chunk[at] === 0) at++;
    this.#fillerBytes += at - from;
    if (this.#fillerBytes > fillerBytesMax) throw corrupt("nothing but zeros");
    const part = chunk.subarray(at, at + headerBytes - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled === headerBytes && this.#length() > dataBytesMax) {
      throw corrupt("a frame's length");
    }
    return at + part.length;
  }

  #fillBody(chunk: Uint8Array, where: { readonly at: number; readonly length: number }): number {
    this.#body ??= new Uint8Array(where.length);
    const part = chunk.subarray(where.at, where.at + where.length - this.#bodyFilled);
    this.#body.set(part, this.#bodyFilled);
    this.#bodyFilled += part.length;
    return where.at + part.length;
  }

  #length(): number {
    const [, high = 0, middle = 0, low = 0] = this.#header;
    return (high << 16) | (middle << 8) | low;
  }

  #finish(body: Uint8Array): Frame {
    const [first = 0, , , , a = 0, b = 0, c = 0, d = 0] = this.#header;
    this.#headerFilled = 0;
    this.#fillerBytes = 0;
    this.#body = undefined;
    this.#bodyFilled = 0;
    const stream = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    return { kind: first & 31, channel: first >> 5, stream, body };
  }
}
