import type { StateWrite } from "@bedplate/environment";
import { nameOf } from "../byte-name.ts";

interface WritersOfKey {
  /** Ascending. */
  readonly indexes: number[];
  readonly values: Map<number, Uint8Array | null>;
}

/** The writes of a batch's transactions side by side: each reads the nearest one before itself. */
export class VersionedMemory {
  readonly #keys = new Map<string, WritersOfKey>();
  readonly #writtenBy = new Map<number, readonly string[]>();

  /** What the transaction at `index` reads; undefined where no earlier one wrote the key. */
  read(name: string, index: number): Uint8Array | null | undefined {
    const writers = this.#keys.get(name);
    const writer = this.writerBefore(name, index);
    return writer === undefined ? undefined : writers?.values.get(writer);
  }

  /** The nearest earlier transaction that wrote the key. */
  writerBefore(name: string, index: number): number | undefined {
    const indexes = this.#keys.get(name)?.indexes;
    if (indexes === undefined) return undefined;
    const at = placeOf(indexes, index);
    return at === 0 ? undefined : indexes[at - 1];
  }

  /** Replaces what a transaction wrote; answers the names of all keys that it wrote before or writes now. */
  put(index: number, writes: readonly StateWrite[]): ReadonlySet<string> {
    const touched = new Set(this.#writtenBy.get(index) ?? []);
    for (const name of touched) this.#remove(name, index);
    const names = writes.map(({ key, value }) => {
      const name = nameOf(key);
      this.#insert(name, { index, value });
      touched.add(name);
      return name;
    });
    this.#writtenBy.set(index, names);
    return touched;
  }

  #insert(
    name: string,
    { index, value }: { readonly index: number; readonly value: Uint8Array | null },
  ): void {
    const writers = this.#keys.get(name) ?? { indexes: [], values: new Map() };
    this.#keys.set(name, writers);
    writers.indexes.splice(placeOf(writers.indexes, index), 0, index);
    writers.values.set(index, value);
  }

  #remove(name: string, index: number): void {
    const writers = this.#keys.get(name);
    if (writers === undefined) return;
    writers.indexes.splice(placeOf(writers.indexes, index), 1);
    writers.values.delete(index);
  }
}

/** How many of the ascending numbers are below `index`. */
function placeOf(indexes: readonly number[], index: number): number {
  let [low, high] = [0, indexes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((indexes[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
