/** One decoded instruction of any machine code. */
export interface Instruction {
  /** Bytes from the start of the artifact. */
  readonly offset: number;
  readonly length: number;
  /** The instruction set's own mnemonic, for example `i32.add` or `PUSH1`. */
  readonly name: string;
  /** Immediates, in the order of the encoding. */
  readonly operands: readonly (number | bigint | string)[];
}

/** A run of instructions that is entered at its start only and left at its end only. */
export interface BasicBlock {
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
  /** Fuel charged for the block as a whole. */
  readonly cost: number;
  /** Starts of the blocks that can follow, or `return`, `trap`, `dynamic`. */
  readonly successors: readonly (number | "return" | "trap" | "dynamic")[];
}

/** A function, or the whole of a flat program. */
export interface CodeUnit {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  instructions(): Iterable<Instruction>;
  blocks(): readonly BasicBlock[];
}

/** Reads machine code of one instruction set: for disassembly, metering, gas estimates and tracing. */
export interface CodeDecoder {
  readonly instructionSet: string;
  /** Throws `argument.invalid` for bytes that are not of this instruction set. */
  decode(bytes: Uint8Array): readonly CodeUnit[];
}
