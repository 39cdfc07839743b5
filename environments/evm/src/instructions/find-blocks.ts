import type { BasicBlock } from "@bedplate/environment";
import type { InstructionSet } from "./instruction-set.ts";
import { findJumpDestinations } from "./jump-destinations.ts";
import { StackModel } from "./stack-model.ts";

/** A basic block with what it does to the stack. `cost` is the gas that it always pays. */
export interface EvmBlock extends BasicBlock {
  /** Items that must be there at its start. */
  readonly stackNeeded: number;
  /** Items at its end less items at its start. */
  readonly stackChange: number;
  /** Most items above those at its start. */
  readonly stackPeak: number;
}

type Successor = EvmBlock["successors"][number];

/**
 * Divides code into basic blocks: one begins at each JUMPDEST and behind each instruction that
 * chooses or leaves. Constants on the stack are followed through falls behind a JUMPI, so that most
 * jumps have their target; one without stays `dynamic`.
 */
export function findBlocks(code: Uint8Array, set: InstructionSet): readonly EvmBlock[] {
  return new BlockFinder(code, set).find();
}

class BlockFinder {
  readonly #code: Uint8Array;
  readonly #set: InstructionSet;
  readonly #destinations: Uint8Array;
  readonly #stack = new StackModel();
  readonly #blocks: EvmBlock[] = [];
  #start = 0;
  #cost = 0;
  #needed = 0;
  #height = 0;
  #peak = 0;

  constructor(code: Uint8Array, set: InstructionSet) {
    this.#code = code;
    this.#set = set;
    this.#destinations = findJumpDestinations(code);
  }

  find(): readonly EvmBlock[] {
    const code = this.#code;
    for (let at = 0; at < code.length; ) {
      const op = code[at] as number;
      if (op === 0x5b) this.#join(at);
      const end = Math.min(at + 1 + (this.#set.immediates[op] as number), code.length);
      this.#count(op);
      const successors = this.#leave(op, end);
      this.#stack.apply(op, this.#set, immediateOf(code, at, this.#set.immediates[op] as number));
      if (successors !== undefined) this.#close(end, successors);
      at = end;
    }
    // Running off the end is a STOP.
    this.#close(code.length, ["return"]);
    return this.#blocks;
  }

  /** A place where control joins ends what falls into it, and nothing of the stack is known there. */
  #join(at: number): void {
    this.#close(at, [at]);
    this.#stack.forget();
  }

  #count(op: number): void {
    const { pops, pushes, gas } = this.#set;
    this.#cost += gas[op] as number;
    this.#height -= pops[op] as number;
    this.#needed = Math.max(this.#needed, -this.#height);
    this.#height += pushes[op] as number;
    this.#peak = Math.max(this.#peak, this.#height);
  }

  /** Where control goes behind an instruction; undefined for the next one. */
  #leave(op: number, end: number): readonly Successor[] | undefined {
    if (this.#set.isDefined[op] === 0) return ["trap"];
    if (op === 0x00 || op === 0xf3 || op === 0xff) return ["return"];
    if (op === 0xfd) return ["trap"];
    if (op !== 0x56 && op !== 0x57) return undefined;
    const next: readonly Successor[] =
      op === 0x56 ? [] : [end < this.#code.length ? end : "return"];
    return [...new Set([...next, this.#target()])];
  }

  #target(): Successor {
    const target = this.#stack.peek(0);
    if (target === undefined) return "dynamic";
    const isValid = target < this.#code.length && this.#destinations[Number(target)] === 1;
    return isValid ? Number(target) : "trap";
  }

  #close(end: number, successors: readonly Successor[]): void {
    if (end > this.#start) {
      this.#blocks.push({
        start: this.#start,
        end,
        cost: this.#cost,
        successors,
        stackNeeded: this.#needed,
        stackChange: this.#height,
        stackPeak: this.#peak,
      });
    }
    this.#start = end;
    this.#cost = this.#needed = this.#height = this.#peak = 0;
  }
}

/** The value that a PUSH at `at` puts on the stack; what is missing at the end of the code is zeros. */
export function immediateOf(code: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let index = 1; index <= size; index++) {
    value = (value << 8n) | BigInt(code[at + index] ?? 0);
  }
  return value;
}
