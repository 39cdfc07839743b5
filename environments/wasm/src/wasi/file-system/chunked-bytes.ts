/** Size of a chunk; only the last one of a file may be shorter. */
export const chunkBytes = 65_536;

/**
 * Chunks that files gave back, for the next file. The engine's collector does not see at once how
 * much a dropped buffer was: without this, writing the same file again and again would hold its size
 * many times over.
 */
export class ChunkPool {
  readonly #chunks: Uint8Array[] = [];

  /** A whole chunk of zeros. */
  take(): Uint8Array {
    const known = this.#chunks.pop();
    return known === undefined ? new Uint8Array(chunkBytes) : known.fill(0);
  }

  give(chunk: Uint8Array): void {
    if (chunk.length === chunkBytes) this.#chunks.push(chunk);
  }
}

/** The bytes of one file in chunks: growing copies a part of the last chunk, and never the file. */
export class ChunkedBytes {
  readonly #pool: ChunkPool;
  readonly #chunks: Uint8Array[] = [];

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /** Makes room for `size` bytes, and takes no more than `capacity`. */
  reserve(size: number, capacity: number): void {
    for (let start = this.#lastStart(); start < size; start += chunkBytes) {
      const at = start / chunkBytes;
      const present = this.#chunks[at];
      const missing = size - start;
      if (present !== undefined && present.length >= Math.min(missing, chunkBytes)) continue;
      this.#chunks[at] = this.#grown(present, Math.min(capacity - start, chunkBytes));
    }
  }

  read(offset: number, target: Uint8Array): void {
    this.#walk({ offset, length: target.length }, (part, at) => target.set(part, at));
  }

  /** Writes within what was reserved. */
  write(offset: number, source: Uint8Array): void {
    this.#walk({ offset, length: source.length }, (part, at) =>
      part.set(source.subarray(at, at + part.length)),
    );
  }

  /** Makes zeros of what there is from `offset` to `end`. */
  clear(offset: number, end: number): void {
    const length = Math.min(end, this.#reserved()) - offset;
    this.#walk({ offset, length }, (part) => part.fill(0));
  }

  /** The first `size` bytes as one. */
  join(size: number): Uint8Array {
    const whole = new Uint8Array(size);
    this.read(0, whole);
    return whole;
  }

  release(): void {
    for (const chunk of this.#chunks) this.#pool.give(chunk);
    this.#chunks.length = 0;
  }

  #reserved(): number {
    return this.#lastStart() + (this.#chunks.at(-1)?.length ?? 0);
  }

  #lastStart(): number {
    return Math.max(0, this.#chunks.length - 1) * chunkBytes;
  }

  #grown(present: Uint8Array | undefined, length: number): Uint8Array {
    const chunk = length === chunkBytes ? this.#pool.take() : new Uint8Array(length);
    if (present !== undefined) chunk.set(present);
    return chunk;
  }

  #walk(
    range: { readonly offset: number; readonly length: number },
    visit: (part: Uint8Array, at: number) => void,
  ): void {
    for (let done = 0; done < range.length; ) {
      const from = range.offset + done;
      const within = from % chunkBytes;
      const chunk = this.#chunks[Math.floor(from / chunkBytes)];
      const part = chunk?.subarray(within, within + range.length - done);
      if (part === undefined || part.length === 0) throw new RangeError("bytes without room");
      visit(part, done);
      done += part.length;
    }
  }
}
