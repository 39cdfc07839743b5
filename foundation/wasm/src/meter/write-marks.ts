import { ByteReader } from "../byte-reader.ts";
import type { WasmModule } from "../module.ts";
import { opcodeNames } from "../opcodes/opcode-table.ts";
import { type CodeWriter, ops, valueBytes } from "./code-writer.ts";
import type { DirtyMap } from "./dirty-map.ts";
import type { ExtraLocal, ExtraLocals } from "./extra-locals.ts";
import { functionBody, type SupportFunction } from "./support-functions.ts";

const dirtyPageBits = 12;
const i32Store8 = [0x3a, 0x40] as const;
const i32ShrU = 0x76;
const i32WrapI64 = 0xa7;

/** What the writers of marks know of the module. */
export interface MarkContext {
  readonly module: WasmModule;
  readonly map: DirtyMap;
  /** Index of the appended memory, and of the function that marks a range. */
  readonly memory: number;
  readonly markRange: number;
}

/** A store instruction: where it stands, its code and its memory. */
export interface StorePlace {
  readonly offset: number;
  readonly code: number;
  readonly memory: number;
}

/** The locals that marking a store takes. */
export function localsOfStore(module: WasmModule, place: StorePlace): readonly ExtraLocal[] {
  const { operand, isExchange } = shapeOf(place.code);
  const isLong = module.memories[place.memory]?.limits.addressType === "i64";
  const locals: ExtraLocal[] = [`value-${operand}`, isLong ? "address64" : "address32"];
  if (isExchange) locals.push(operand === "i64" ? "other-i64" : "other-i32");
  return locals;
}

/**
 * Marks the pages of the first and last byte that a store writes; the address and the value stand
 * on the stack before and after. A wrapped address marks a page too many: then the store traps.
 */
export function writeStoreMark(
  writer: CodeWriter,
  how: { readonly context: MarkContext; readonly locals: ExtraLocals; readonly place: StorePlace },
): void {
  const { context, locals, place } = how;
  const { size } = shapeOf(place.code);
  const [value, address, other] = localsOfStore(context.module, place).map((each) =>
    locals.index(each),
  );
  if (other !== undefined) writer.localSet(other);
  writer.localSet(value as number);
  writer.localTee(address as number);
  const isLong = context.module.memories[place.memory]?.limits.addressType === "i64";
  const offset = offsetOf(context.module.bytes, place);
  const base = context.map.ranges[place.memory]?.start ?? 0;
  for (const byte of size > 1 ? [0n, BigInt(size - 1)] : [0n]) {
    writer.localGet(address as number);
    pushPage(writer, { isLong, add: offset + byte });
    writer.i32(1);
    writer.op(...i32Store8);
    writer.u32(context.memory);
    writer.u32(base);
  }
  writer.localGet(value as number);
  if (other !== undefined) writer.localGet(other);
}

function pushPage(
  writer: CodeWriter,
  from: { readonly isLong: boolean; readonly add: bigint },
): void {
  if (from.isLong) {
    writer.byte(0x42);
    writer.s64(BigInt.asIntN(64, from.add));
    writer.byte(ops.i64Add);
    writer.i64(dirtyPageBits);
    writer.op(ops.i64ShrU, i32WrapI64);
    return;
  }
  writer.i32(Number(BigInt.asIntN(32, from.add)));
  writer.byte(ops.i32Add);
  writer.i32(dirtyPageBits);
  writer.byte(i32ShrU);
}

/** An operation that writes a range: destination, a second operand and a length on the stack. */
export interface RangeWrite {
  readonly memory: number;
  readonly isLongAddress: boolean;
  readonly isLongSecond: boolean;
  readonly isLongLength: boolean;
}

/** Reads the operands of `memory.fill`, `copy` or `init`; nothing for other operations. */
export function rangeWriteOf(
  module: WasmModule,
  place: { readonly offset: number; readonly code: number; readonly isLong: boolean },
): RangeWrite | undefined {
  const name = opcodeNames[place.code] as string;
  if (!/^memory\.(fill|copy|init)$/.test(name)) return undefined;
  const reader = new ByteReader(module.bytes, place.offset + 1);
  reader.u32();
  const first = reader.u32();
  const second = name === "memory.fill" ? first : reader.u32();
  const memory = name === "memory.init" ? second : first;
  const isLong = (index: number) => module.memories[index]?.limits.addressType === "i64";
  return {
    memory,
    isLongAddress: isLong(memory),
    isLongSecond: name === "memory.copy" && isLong(second),
    isLongLength: place.isLong,
  };
}

/** The locals that marking a range takes. */
export function localsOfRange(write: RangeWrite): readonly [ExtraLocal, ExtraLocal, ExtraLocal] {
  return [
    write.isLongLength ? "length64" : "length32",
    write.isLongSecond ? "other-i64" : "other-i32",
    write.isLongAddress ? "address64" : "address32",
  ];
}

/** Marks the pages of a range; the three operands stand on the stack before and after. */
export function writeRangeMark(
  writer: CodeWriter,
  how: { readonly context: MarkContext; readonly locals: ExtraLocals; readonly write: RangeWrite },
): void {
  const { context, locals, write } = how;
  const [length, second, address] = localsOfRange(write);
  writer.localSet(locals.index(length));
  writer.localSet(locals.index(second));
  writer.localTee(locals.index(address));
  writer.localGet(locals.index(address));
  if (!write.isLongAddress) writer.byte(ops.i64ExtendI32U);
  writer.localGet(locals.index(length));
  if (!write.isLongLength) writer.byte(ops.i64ExtendI32U);
  const range = context.map.ranges[write.memory];
  writer.i64(range?.start ?? 0);
  writer.i64(range?.length ?? 0);
  writer.call(context.markRange);
  writer.localGet(locals.index(second));
  writer.localGet(locals.index(length));
}

/**
 * A function that marks a range: address, length, start of the part of the map, and its length. A
 * range that ends outside of the map is left alone: the operation will trap.
 */
export function markRangeFunction(memory: number): SupportFunction {
  const [address, length, start, size, first, last] = [0, 1, 2, 3, 4, 5];
  const { i64 } = valueBytes;
  const i64GeU = 0x5a;
  const i64Eqz = 0x50;
  const body = functionBody([i64, i64], (code) => {
    code.op(ops.block, ops.emptyType);
    code.localGet(length);
    code.op(i64Eqz, ops.brIf, 0);
    code.localGet(address);
    code.localGet(length);
    code.byte(ops.i64Add);
    code.localGet(address);
    code.op(ops.i64LtU, ops.brIf, 0);
    code.localGet(address);
    code.i64(dirtyPageBits);
    code.byte(ops.i64ShrU);
    code.localSet(first);
    code.localGet(address);
    code.localGet(length);
    code.byte(ops.i64Add);
    code.i64(1);
    code.byte(ops.i64Sub);
    code.i64(dirtyPageBits);
    code.byte(ops.i64ShrU);
    code.localTee(last);
    code.localGet(size);
    code.op(i64GeU, ops.brIf, 0);
    code.localGet(start);
    code.localGet(first);
    code.op(ops.i64Add, i32WrapI64);
    code.i32(1);
    code.localGet(last);
    code.localGet(first);
    code.byte(ops.i64Sub);
    code.i64(1);
    code.op(ops.i64Add, i32WrapI64);
    code.op(0xfc, 0x0b);
    code.u32(memory);
    code.byte(ops.end);
  });
  return { parameters: [i64, i64, i64, i64], results: [], body };
}

type StoreOperand = "i32" | "i64" | "f32" | "f64" | "v128";

interface StoreShape {
  readonly operand: StoreOperand;
  /** Bytes written. */
  readonly size: number;
  /** Compares and exchanges: a second value stands on the stack. */
  readonly isExchange: boolean;
}

const fullSizes: Readonly<Record<StoreOperand, number>> = {
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
  v128: 16,
};

function shapeOf(code: number): StoreShape {
  const name = opcodeNames[code] as string;
  const operand = name.slice(0, name.indexOf(".")) as StoreOperand;
  const bits = /(?:store|rmw)(\d+)/.exec(name)?.[1];
  return {
    operand,
    size: bits === undefined ? fullSizes[operand] : Number(bits) / 8,
    isExchange: name.includes("cmpxchg"),
  };
}

/** Reads the static offset of a store. */
function offsetOf(bytes: Uint8Array, place: StorePlace): bigint {
  const reader = new ByteReader(bytes, place.offset);
  if (reader.byte() >= 0xfb) reader.u32();
  if (reader.u32() & 0x40) reader.u32();
  return reader.u64();
}
