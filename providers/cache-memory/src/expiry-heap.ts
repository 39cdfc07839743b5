/** What ends at some time. */
export interface Ending {
  readonly endMs: number;
}

/** Finds what ends first, so that no entry needs a timer. */
export class ExpiryHeap<T extends Ending> {
  #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      if ((items[above] as T).endMs <= item.endMs) break;
      items[at] = items[above] as T;
      at = above;
    }
    items[at] = item;
  }

  /** Takes what has ended first; undefined when nothing has ended yet. */
  popEnded(nowMs: number): T | undefined {
    const first = this.#items[0];
    if (first === undefined || first.endMs > nowMs) return undefined;
    const last = this.#items.pop() as T;
    if (this.#items.length > 0) this.#sink(last);
    return first;
  }

  /** Replaces everything; costs less than many pushes. */
  rebuild(items: Iterable<T>): void {
    this.#items = [...items].sort((a, b) => a.endMs - b.endMs);
  }

  #sink(item: T): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && (items[below + 1] as T).endMs < (items[below] as T).endMs) {
        below++;
      }
      if ((items[below] as T).endMs >= item.endMs) break;
      items[at] = items[below] as T;
      at = below;
    }
    items[at] = item;
  }
}
