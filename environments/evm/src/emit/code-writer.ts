import { ByteWriter } from "@bedplate/wasm-module";
import { bulkOp, emptyBlock, op, type ValueType, valueTypes, vectorOp } from "./opcodes.ts";

/** The lanes of `i8x16.shuffle` that reverse 16 bytes: Wasm has no byte swap. */
const reversedBytes = Array.from({ length: 16 }, (_, lane) => 15 - lane);

/**
 * Writes the instructions of one function body. Parameters are the first locals; `local` adds more.
 * `addFunction` of `ModuleWriter` takes the finished writer.
 */
export class CodeWriter {
  readonly out: ByteWriter = new ByteWriter(512);
  readonly #parameterCount: number;
  readonly #locals: ValueType[] = [];

  constructor(parameterCount: number) {
    this.#parameterCount = parameterCount;
  }

  get locals(): readonly ValueType[] {
    return this.#locals;
  }

  /** Adds a local and returns its index. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.#parameterCount + this.#locals.length - 1;
  }

  /** An instruction without immediates. */
  op(code: number): void {
    this.out.byte(code);
  }

  localGet(index: number): void {
    this.out.byte(op.local_get);
    this.out.u32(index);
  }

  localSet(index: number): void {
    this.out.byte(op.local_set);
    this.out.u32(index);
  }

  localTee(index: number): void {
    this.out.byte(op.local_tee);
    this.out.u32(index);
  }

  i32Const(value: number): void {
    this.out.byte(op.i32_const);
    this.out.s32(value);
  }

  i64Const(value: bigint | number): void {
    this.out.byte(op.i64_const);
    this.out.s64(value);
  }

  /** A load or store of memory 0; the alignment is a hint, 1 byte is always right. */
  memory(code: number, offset: number): void {
    this.out.byte(code);
    this.out.byte(0);
    this.out.u32(offset);
  }

  block(type: ValueType | "none" = "none"): void {
    this.#open(op.block, type);
  }

  loop(type: ValueType | "none" = "none"): void {
    this.#open(op.loop, type);
  }

  if(type: ValueType | "none" = "none"): void {
    this.#open(op.if, type);
  }

  else(): void {
    this.out.byte(op.else);
  }

  end(): void {
    this.out.byte(op.end);
  }

  br(depth: number): void {
    this.out.byte(op.br);
    this.out.u32(depth);
  }

  brIf(depth: number): void {
    this.out.byte(op.br_if);
    this.out.u32(depth);
  }

  return(): void {
    this.out.byte(op.return);
  }

  call(functionIndex: number): void {
    this.out.byte(op.call);
    this.out.u32(functionIndex);
  }

  returnCall(functionIndex: number): void {
    this.out.byte(op.return_call);
    this.out.u32(functionIndex);
  }

  /** Takes the index into table 0 from the top of the stack. */
  callIndirect(typeIndex: number): void {
    this.out.byte(op.call_indirect);
    this.out.u32(typeIndex);
    this.out.byte(0);
  }

  /** Takes the index into table 0 from the top of the stack. */
  returnCallIndirect(typeIndex: number): void {
    this.out.byte(op.return_call_indirect);
    this.out.u32(typeIndex);
    this.out.byte(0);
  }

  /** Stack: target, source, size. */
  memoryCopy(): void {
    this.out.bytes([0xfc, bulkOp.memory_copy, 0, 0]);
  }

  /** Stack: target, byte, size. */
  memoryFill(): void {
    this.out.bytes([0xfc, bulkOp.memory_fill, 0]);
  }

  /** Behind the prefix 0xFC, without immediates. */
  bulk(code: number): void {
    this.out.byte(0xfc);
    this.out.u32(code);
  }

  /** Behind the prefix 0xFD, without immediates. */
  vector(code: number): void {
    this.out.byte(0xfd);
    this.out.u32(code);
  }

  v128Load(offset: number): void {
    this.#vectorMemory(vectorOp.v128_load, offset);
  }

  v128Store(offset: number): void {
    this.#vectorMemory(vectorOp.v128_store, offset);
  }

  /** 16 bytes, the first one at the lowest address. */
  v128Const(bytes: ArrayLike<number>): void {
    this.vector(vectorOp.v128_const);
    this.out.bytes(bytes);
  }

  v128Lane(code: number, lane: number): void {
    this.vector(code);
    this.out.byte(lane);
  }

  /** Lanes 0..15 are the first operand's bytes, 16..31 the second's. */
  shuffle(lanes: ArrayLike<number>): void {
    this.vector(vectorOp.i8x16_shuffle);
    this.out.bytes(lanes);
  }

  /** Reverses the 16 bytes of the vector in `local`, which may stand on the stack already. */
  byteSwap(local: number, options: { readonly isOnStack?: boolean } = {}): void {
    if (options.isOnStack !== true) this.localGet(local);
    this.localGet(local);
    this.shuffle(reversedBytes);
  }

  #open(code: number, type: ValueType | "none"): void {
    this.out.byte(code);
    this.out.byte(type === "none" ? emptyBlock : valueTypes[type]);
  }

  #vectorMemory(code: number, offset: number): void {
    this.vector(code);
    this.out.byte(0);
    this.out.u32(offset);
  }
}
