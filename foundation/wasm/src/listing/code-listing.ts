/**
 * Code of any virtual machine as instructions and basic blocks. Nothing here names WebAssembly, so
 * that one reader serves disassembly, metering, tracing and coverage of every machine.
 */
export interface CodeListing {
  /** Separately entered pieces of code, in the order of the binary. */
  readonly units: readonly CodeUnit[];
}

/** A function, or a whole program where the machine knows no functions. */
export interface CodeUnit {
  readonly name: string;
  /** First byte of the first instruction, and the byte behind the last one. */
  readonly start: number;
  readonly end: number;
  /** The instructions in order; they cover the unit without a gap. */
  instructions(): Iterable<Instruction>;
  /** The basic blocks in order; they cover the unit without a gap. */
  blocks(): readonly Block[];
}

/** One instruction. */
export interface Instruction {
  readonly offset: number;
  readonly length: number;
  /** As in the binary; behind a prefix byte it is `prefix << 12 | number`. */
  readonly opcode: number;
  readonly name: string;
  /** Immediate operands: integers as numbers or BigInts, the rest as text. */
  readonly operands: readonly Operand[];
}

/** An immediate operand. */
export type Operand = number | bigint | string;

/** Instructions that run one after the other. */
export interface Block {
  readonly start: number;
  readonly end: number;
  /** Sum of the costs of its instructions. */
  readonly cost: number;
  /** Starts of the blocks that may run next; leaving the unit is not listed. */
  readonly successors: readonly number[];
  readonly terminator: Terminator;
}

/** How a block ends: it runs into the next, chooses, jumps, leaves the unit, or cannot go on. */
export type Terminator = "fallthrough" | "branch" | "jump" | "return" | "trap";
