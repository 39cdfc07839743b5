import { decodeFrame, decodePrefix, type Frame, prefixBytes } from "./frame.ts";

/** Cuts a stream of chunks into frames. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #queued = 0;
  #expected: { readonly total: number; readonly header: number } | undefined;

  /** Takes a chunk; returns the frames that are whole now. */
  push(chunk: Uint8Array): readonly Frame[] {
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.#expected === undefined) {
        if (this.#queued < prefixBytes) return frames;
        this.#expected = decodePrefix(this.#take(prefixBytes));
      }
      const { total, header } = this.#expected;
      if (this.#queued < total) return frames;
      frames.push(decodeFrame(this.#take(total), header));
      this.#expected = undefined;
    }
  }

  #take(count: number): Uint8Array {
    const taken = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const [first] = this.#chunks;
      if (first === undefined) throw new RangeError("fewer bytes are queued than were counted");
      const part = first.subarray(0, count - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.#queued -= count;
    return taken;
  }
}
