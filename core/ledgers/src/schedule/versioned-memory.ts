import type { StateCredit, StateWrite } from "@bedplate/environment";
import { nameOf } from "../byte-name.ts";
import { amountOf, valueWith } from "./credits.ts";
import type { BaseState } from "./scheduler.ts";

/** What one transaction did to a key: it has another value, or its number is larger. */
type Change = { readonly value: Uint8Array | null } | { readonly credit: bigint };

interface WritersOfKey {
  /** Ascending. */
  readonly indexes: number[];
  readonly changes: Map<number, Change>;
}

/** What a batch's transactions leave side by side: each reads what the nearest ones before it make. */
export class VersionedMemory {
  readonly #keys = new Map<string, WritersOfKey>();
  readonly #writtenBy = new Map<number, readonly string[]>();

  /** The state as the transaction at `index` finds it. */
  before(index: number, base: BaseState): BaseState {
    return {
      peek: (name) => this.#peek(name, { index, base }),
      load: (names) => base.load(names.filter((name) => !this.#hasValue(name, index))),
    };
  }

  /** The nearest earlier transaction that wrote or credited the key. */
  writerBefore(name: string, index: number): number | undefined {
    const indexes = this.#keys.get(name)?.indexes;
    if (indexes === undefined) return undefined;
    const at = placeOf(indexes, index);
    return at === 0 ? undefined : indexes[at - 1];
  }

  /** Replaces what a transaction left; answers the names of all keys that it left before or leaves now. */
  put(
    index: number,
    left: {
      readonly writes: readonly StateWrite[];
      readonly credits?: readonly StateCredit[] | undefined;
    },
  ): ReadonlySet<string> {
    const touched = new Set(this.#writtenBy.get(index) ?? []);
    for (const name of touched) this.#remove(name, index);
    const names: string[] = [];
    const insert = (key: Uint8Array, change: Change) => {
      const name = nameOf(key);
      this.#insert(name, { index, change });
      touched.add(name);
      names.push(name);
    };
    for (const { key, value } of left.writes) insert(key, { value });
    for (const each of left.credits ?? []) insert(each.key, { credit: amountOf(each) });
    this.#writtenBy.set(index, names);
    return touched;
  }

  #peek(
    name: string,
    { index, base }: { readonly index: number; readonly base: BaseState },
  ): Uint8Array | null | undefined {
    const { value, credit } = this.#below(name, index);
    const found = value === undefined ? base.peek(name) : value;
    return found === undefined || credit === 0n ? found : valueWith(found, credit);
  }

  #hasValue(name: string, index: number): boolean {
    return this.#below(name, index).value !== undefined;
  }

  /** The nearest value before a transaction, and what was added to it since. */
  #below(
    name: string,
    index: number,
  ): { readonly value: Uint8Array | null | undefined; readonly credit: bigint } {
    const writers = this.#keys.get(name);
    let credit = 0n;
    if (writers === undefined) return { value: undefined, credit };
    for (let at = placeOf(writers.indexes, index) - 1; at >= 0; at--) {
      const change = writers.changes.get(writers.indexes[at] ?? -1);
      if (change === undefined) continue;
      if ("value" in change) return { value: change.value, credit };
      credit += change.credit;
    }
    return { value: undefined, credit };
  }

  #insert(
    name: string,
    { index, change }: { readonly index: number; readonly change: Change },
  ): void {
    const writers = this.#keys.get(name) ?? { indexes: [], changes: new Map() };
    this.#keys.set(name, writers);
    writers.indexes.splice(placeOf(writers.indexes, index), 0, index);
    writers.changes.set(index, change);
  }

  #remove(name: string, index: number): void {
    const writers = this.#keys.get(name);
    if (writers === undefined) return;
    writers.indexes.splice(placeOf(writers.indexes, index), 1);
    writers.changes.delete(index);
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
