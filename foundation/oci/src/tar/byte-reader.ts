/** Reads exact numbers of bytes from chunks of any size. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next bytes; undefined where the source ends before there are any. */
  async take(count: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let missing = count;
    for await (const part of this.pass(count)) {
      parts.push(part);
      missing -= part.length;
    }
    if (missing === count && count > 0) return undefined;
    if (missing > 0) throw new Error("the archive ends too early");
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  /** Reads to the end: whoever checks the bytes on their way has seen all of them then. */
  async drain(): Promise<void> {
    this.#held = new Uint8Array();
    while ((await this.#source.next()).done !== true);
  }

  /** Lets the source go, wherever it is. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** The next bytes in parts; fewer where the source ends. */
  async *pass(count: number): AsyncGenerator<Uint8Array> {
    let left = count;
    while (left > 0) {
      if (this.#held.length === 0) {
        const next = await this.#source.next();
        if (next.done === true) return;
        this.#held = next.value;
        continue;
      }
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
}
