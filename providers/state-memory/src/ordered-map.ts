/** A half-open range of keys. */
export interface KeyRange {
  readonly start: string;
  readonly end: string | null;
  readonly reverse: boolean;
  readonly limit: number;
}

/** A map whose keys can be listed in order. */
export class OrderedMap<V> {
  #values = new Map<string, V>();
  #keys: string[] = [];

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#indexOf(key), 0, key);
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    this.#keys.splice(this.#indexOf(key), 1);
    return true;
  }

  copy(): OrderedMap<V> {
    const copy = new OrderedMap<V>();
    copy.#values = new Map(this.#values);
    copy.#keys = [...this.#keys];
    return copy;
  }

  /** The values of a range, in order or in reverse. */
  range({ start, end, reverse, limit }: KeyRange): readonly V[] {
    const from = this.#indexOf(start);
    const to = Math.max(from, end === null ? this.#keys.length : this.#indexOf(end));
    const keys = reverse
      ? this.#keys.slice(Math.max(from, to - limit), to).reverse()
      : this.#keys.slice(from, Math.min(to, from + limit));
    return keys.map((key) => this.#values.get(key) as V);
  }

  /** Where the key is, or would be. */
  #indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
