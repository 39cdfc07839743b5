/** One instruction of classic BPF: operation, two jumps relative to the next one, and a constant. */
export interface Instruction {
  readonly code: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
  readonly value: number;
}

/** Operations that seccomp filters use (linux/bpf_common.h). */
const codes = {
  loadWord: 0x20,
  jumpEqual: 0x15,
  jumpAtLeast: 0x35,
  jumpAny: 0x45,
  jump: 0x05,
  and: 0x54,
  answer: 0x06,
} as const;

export type Operation = keyof typeof codes;

/** Most instructions that the kernel takes (BPF_MAXINSNS). */
export const instructionsMax = 4096;

/** Jumps of conditions have 8 bits. */
const conditionMax = 255;

/**
 * Puts a program together backwards: each block is added before what it jumps to, so that every
 * target is known. Positions count from the end.
 */
export class BpfProgram {
  /** In reverse. */
  readonly #instructions: Instruction[] = [];

  /** Adds an instruction before all others; its position. */
  add(operation: Operation, value: number): number {
    return this.#push({ code: codes[operation], whenTrue: 0, whenFalse: 0, value });
  }

  /** Adds a condition before all others; targets are positions. */
  addCondition(
    operation: "jumpEqual" | "jumpAtLeast" | "jumpAny",
    value: number,
    targets: { readonly whenTrue: number; readonly whenFalse: number },
  ): number {
    const whenTrue = this.#near(targets.whenTrue);
    const whenFalse = this.#near(targets.whenFalse);
    return this.#push({
      code: codes[operation],
      whenTrue: this.#distance(whenTrue),
      whenFalse: this.#distance(whenFalse),
      value,
    });
  }

  /** The position of the first instruction. */
  get top(): number {
    return this.#instructions.length;
  }

  /** The program as the kernel reads it: 8 bytes an instruction, little-endian. */
  toBytes(): Uint8Array {
    if (this.top > instructionsMax)
      throw new Error(`Cannot make a filter of ${this.top} instructions`);
    const bytes = new Uint8Array(this.top * 8);
    const view = new DataView(bytes.buffer);
    this.#instructions.toReversed().forEach((each, index) => {
      view.setUint16(index * 8, each.code, true);
      view.setUint8(index * 8 + 2, each.whenTrue);
      view.setUint8(index * 8 + 3, each.whenFalse);
      view.setUint32(index * 8 + 4, each.value, true);
    });
    return bytes;
  }

  // A far target gets a jump without condition, whose distance has 32 bits. Two such may be added
  // for one condition, so the bound keeps one place free.
  #near(target: number): number {
    if (this.top - target < conditionMax) return target;
    return this.#push({ code: codes.jump, whenTrue: 0, whenFalse: 0, value: this.top - target });
  }

  #distance(target: number): number {
    return this.top - target;
  }

  #push(instruction: Instruction): number {
    this.#instructions.push(instruction);
    return this.top;
  }
}
