import { ByteReader } from "./byte-reader.ts";
import { malformed } from "./malformed.ts";
import { denseCode, firstAtoms, opcodeNames, secondAtoms } from "./opcodes/opcode-table.ts";
import {
  atomBlock,
  atomCast,
  atomF32,
  atomF64,
  atomHeapType,
  atomI32,
  atomI64,
  atomLabel,
  atomLabels,
  atomLane,
  atomLanes16,
  atomMemarg,
  atomMemory,
  atomNone,
  atomTag,
  atomTryTable,
  atomType,
  atomV128,
  atomValueTypes,
  atomZeroByte,
  lastIndexAtom,
  operandAtoms,
} from "./opcodes/operand-atom.ts";
import { readHeapType, readValueType, shortType } from "./value-type.ts";

/** A block without results. */
export const emptyBlock = -1;
/** A block with one result, whose type is written in place. */
export const oneResultBlock = -2;

/**
 * Steps through instructions without making objects: each `next()` overwrites the fields. Indices
 * are checked against the sizes of their index spaces, so code cannot name an item that is added to
 * a module later.
 */
export class InstructionCursor extends ByteReader {
  /** Dense code of the current instruction. */
  code = 0;
  /** Where the current instruction starts. */
  start = 0;
  /** The first and second index operand. */
  first = 0;
  second = 0;
  /** The memory that a memory operand names. */
  memory = 0;
  /** Where the alignment of a memory operand stands, and where its offset stands. */
  memargAt = 0;
  memoryOffsetAt = 0;
  /** `emptyBlock`, `oneResultBlock`, or the index of the block's type. */
  blockType: number = emptyBlock;
  /** Where the block type stands. */
  blockTypeAt = 0;
  /** Where the label of a branch stands, and where those of `targets` stand. */
  labelAt = 0;
  readonly targetsAt: number[] = [];
  /** Labels of `br_table` with the default last, or of the clauses of `try_table`. */
  readonly targets: number[] = [];
  /** Size of the index space of each index atom; the space of labels is the open blocks. */
  readonly spaces: Float64Array;

  constructor(bytes: Uint8Array, spaces: Float64Array) {
    super(bytes, 0, 0);
    this.spaces = spaces;
  }

  /** Points at a run of instructions. */
  enter(start: number, end: number): void {
    this.offset = start;
    this.end = end;
  }

  /** Reads the next instruction. */
  next(): void {
    this.start = this.offset;
    let code = this.byte();
    if (code >= 0xfb) code = this.#prefixed(code);
    if (opcodeNames[code] === "") throw malformed(this.start, "unknown opcode");
    this.code = code;
    const first = firstAtoms[code] as number;
    if (first === atomNone) return;
    if (first <= lastIndexAtom) this.first = this.#index(first);
    else this.#operand(first);
    const second = secondAtoms[code] as number;
    if (second === atomNone) return;
    if (second <= lastIndexAtom) this.second = this.#index(second);
    else this.#operand(second);
  }

  #prefixed(prefix: number): number {
    const code = denseCode(prefix, this.u32());
    if (code < 0) throw malformed(this.start, "unknown opcode");
    return code;
  }

  #index(atom: number): number {
    if (atom === atomLabel) this.labelAt = this.offset;
    const value = this.u32();
    if (value >= (this.spaces[atom] as number)) {
      throw malformed(this.start, `unknown ${operandAtoms[atom]} ${value}`);
    }
    return value;
  }

  #operand(atom: number): void {
    switch (atom) {
      case atomI32:
        this.skipInteger(5);
        return;
      case atomMemarg:
        this.#memarg();
        return;
      case atomBlock:
        this.#block();
        return;
      case atomLabels:
        this.#labels();
        return;
      case atomI64:
        this.skipInteger(10);
        return;
      case atomF32:
        this.skip(4);
        return;
      case atomF64:
        this.skip(8);
        return;
      case atomV128:
      case atomLanes16:
        this.skip(16);
        return;
      case atomLane:
        this.first = this.byte();
        return;
      default:
        this.#rareOperand(atom);
    }
  }

  #rareOperand(atom: number): void {
    switch (atom) {
      case atomHeapType:
        this.#heapType();
        return;
      case atomCast:
        this.skip(1);
        this.first = this.#index(atomLabel);
        this.#heapType();
        this.#heapType();
        return;
      case atomZeroByte:
        if (this.byte() !== 0) throw malformed(this.offset - 1, "zero byte expected");
        return;
      case atomValueTypes:
        for (let left = this.count(1, "types"); left > 0; left--) readValueType(this);
        return;
      case atomTryTable:
        this.#block();
        this.#clauses();
        return;
      default:
        throw malformed(this.start, "unknown operand");
    }
  }

  #memarg(): void {
    this.memargAt = this.offset;
    const flags = this.u32();
    if (flags >= 0x80) throw malformed(this.memargAt, "malformed memory operand");
    this.memory = flags & 0x40 ? this.u32() : 0;
    if (this.memory >= (this.spaces[atomMemory] as number)) {
      throw malformed(this.start, `unknown memory ${this.memory}`);
    }
    this.memoryOffsetAt = this.offset;
    this.skipInteger(10);
  }

  #block(): void {
    this.blockTypeAt = this.offset;
    const byte = this.peek();
    if (byte === 0x40) {
      this.offset++;
      this.blockType = emptyBlock;
    } else if (byte === 0x63 || byte === 0x64 || shortType(byte) !== undefined) {
      readValueType(this);
      this.blockType = oneResultBlock;
    } else {
      const index = this.s33();
      if (index < 0 || index >= (this.spaces[atomType] as number)) {
        throw malformed(this.blockTypeAt, "malformed block type");
      }
      this.blockType = index;
    }
  }

  #labels(): void {
    this.targets.length = 0;
    this.targetsAt.length = 0;
    for (let left = this.count(labelsMax, "labels"); left >= 0; left--) {
      this.targetsAt.push(this.offset);
      this.targets.push(this.#index(atomLabel));
    }
  }

  #clauses(): void {
    this.targets.length = 0;
    for (let left = this.count(labelsMax, "catch clauses"); left > 0; left--) {
      const kind = this.byte();
      if (kind > 3) throw malformed(this.offset - 1, "malformed catch clause");
      if (kind < 2) this.#index(atomTag);
      this.targets.push(this.#index(atomLabel));
    }
  }

  #heapType(): void {
    const name = readHeapType(this);
    const first = name.charCodeAt(0);
    const isIndex = first >= 0x30 && first <= 0x39;
    if (isIndex && Number(name) >= (this.spaces[atomType] as number)) {
      throw malformed(this.start, `unknown type ${name}`);
    }
  }
}

/** The most targets of one `br_table`: the limit that engines share. */
const labelsMax = 65_520;
