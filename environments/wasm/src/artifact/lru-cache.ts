/** Bounds of an `LruCache`. */
export interface LruBounds {
  readonly countMax: number;
  readonly bytesMax: number;
}

interface LruEntry<V> {
  readonly value: V;
  readonly bytes: number;
}

/** Keeps what was used last within a count and a number of bytes. */
export class LruCache<V> {
  readonly #bounds: LruBounds;
  readonly #entries = new Map<string, LruEntry<V>>();
  #bytes = 0;

  constructor(bounds: LruBounds) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** What is larger than the cache as a whole is not kept. */
  put(key: string, value: V, bytes: number): void {
    this.delete(key);
    if (bytes > this.#bounds.bytesMax) return;
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      const { countMax, bytesMax } = this.#bounds;
      if (this.#entries.size <= countMax && this.#bytes <= bytesMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
