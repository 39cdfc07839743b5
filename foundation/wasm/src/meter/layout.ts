import type { WasmModule } from "../module.ts";

/** Where the added items stand in their index spaces. Items are only ever appended. */
export interface AddedIndices {
  /** Global: remaining fuel. */
  readonly fuel: number;
  /** Global: remaining depth, in slots. */
  readonly depth: number;
  /** Global: how many segments were dropped. */
  readonly drops: number;
  /** Table of one function, which the host sets: it grants fuel. */
  readonly grantTable: number;
  /** Type of that function. */
  readonly grantType: number;
  /** Function: asks for fuel. */
  readonly refuel: number;
  /** Function: notes that the depth is spent. */
  readonly overflow: number;
  /** Functions that stand before the growth of each memory; empty where growth is not guarded. */
  readonly growthGuards: readonly number[];
  /** Memory: one byte for each page of 4 KiB. */
  readonly dirtyMap: number;
  /** Function: marks the pages of a range. */
  readonly markRange: number;
}

/** How a function keeps the fuel counter. */
export type CounterPlace = "none" | "global" | "local";

/** What is inserted into one function. */
export interface BodyLayout {
  readonly counter: CounterPlace;
  readonly testsAtEntry: boolean;
  /** Put blocks around loops, so that the call for fuel stands outside of them. */
  readonly wrapsLoops: boolean;
  /** Slots to count at entry; 0 for none. */
  readonly depthWeight: number;
  /** Write the own depth to the global before calls. */
  readonly storesDepth: boolean;
  /** Put the depth of the caller back at the end. */
  readonly restoresDepth: boolean;
}

/** Types that the rewriter appends, deduplicated by their bytes. */
export class AddedTypes {
  readonly #firstIndex: number;
  readonly #indices: Map<string, number> = new Map();
  readonly entries: (readonly number[])[] = [];

  constructor(module: WasmModule) {
    this.#firstIndex = module.types.length;
  }

  /** The index of a function type; the lists are bytes of value types. */
  index(parameters: readonly number[], results: readonly number[], counts: TypeCounts): number {
    const bytes = [0x60, ...lengthBytes(counts.parameters), ...parameters];
    bytes.push(...lengthBytes(counts.results), ...results);
    const key = bytes.join();
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const index = this.#firstIndex + this.entries.length;
    this.#indices.set(key, index);
    this.entries.push(bytes);
    return index;
  }
}

/** How many types stand in the two lists of a function type. */
export interface TypeCounts {
  readonly parameters: number;
  readonly results: number;
}

function lengthBytes(count: number): readonly number[] {
  return count < 0x80 ? [count] : [(count & 0x7f) | 0x80, count >> 7];
}
