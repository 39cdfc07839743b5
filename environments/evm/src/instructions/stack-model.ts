import type { InstructionSet } from "./instruction-set.ts";

/** Items below this depth are forgotten: no instruction reaches deeper. */
const depthMax = 64;

/**
 * What is known of the stack while code is read in order: constants, as far as PUSH, DUP, SWAP and
 * simple arithmetic show them. Undefined stands for any value.
 */
export class StackModel {
  readonly #items: (bigint | undefined)[] = [];

  /** The item at `depth` below the top, 0 for the top. */
  peek(depth: number): bigint | undefined {
    return this.#items[this.#items.length - 1 - depth];
  }

  forget(): void {
    this.#items.length = 0;
  }

  /** Applies one instruction; `immediate` is the value of a PUSH. */
  apply(op: number, set: InstructionSet, immediate: bigint): void {
    if (op >= 0x5f && op <= 0x7f) this.#push(immediate);
    else if (op >= 0x80 && op <= 0x8f) this.#push(this.peek(op - 0x80));
    else if (op >= 0x90 && op <= 0x9f) this.#swap(op - 0x8f);
    else {
      const value = this.#fold(op);
      for (let left = set.pops[op] as number; left > 0; left--) this.#items.pop();
      if (set.pushes[op] === 1) this.#push(value);
    }
  }

  #push(value: bigint | undefined): void {
    this.#items.push(value);
    if (this.#items.length > depthMax) this.#items.shift();
  }

  #swap(depth: number): void {
    while (this.#items.length <= depth) this.#items.unshift(undefined);
    const top = this.#items.length - 1;
    const deep = top - depth;
    const held = this.#items[top];
    this.#items[top] = this.#items[deep];
    this.#items[deep] = held;
  }

  #fold(op: number): bigint | undefined {
    const [a, b] = [this.peek(0), this.peek(1)];
    const fold = folds[op];
    if (fold === undefined || a === undefined || b === undefined) return undefined;
    return BigInt.asUintN(256, fold(a, b));
  }
}

/** What compilers use to make jump targets. */
const folds: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = {
  1: (a, b) => a + b,
  3: (a, b) => a - b,
  22: (a, b) => a & b,
  23: (a, b) => a | b,
  27: (a, b) => (a > 255n ? 0n : b << a),
  28: (a, b) => (a > 255n ? 0n : b >> a),
};
