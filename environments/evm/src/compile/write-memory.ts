import { op, vectorOp } from "../emit/opcodes.ts";
import { type BlockWriter, parameter } from "./block-writer.ts";
import { constantOf, type Limb, limbNumbers, smallValue, type Value } from "./values.ts";
import { branchToFailure, writeFailure } from "./write-exits.ts";

/** Memory beyond this is never paid for: its price is more than any gas. */
const constantOffsetMax = 0x7fff_ffffn;

/** MLOAD: the item at `offset`. */
export function writeLoad(writer: BlockWriter, offset: Value): void {
  const place = writeReach(writer, offset, 32);
  const { code } = writer;
  const halves = [0, 16].map((at) => {
    const local = code.local("v128");
    putBase(writer, place);
    code.v128Load(place.offset + at);
    code.localTee(local);
    code.byteSwap(local, { isOnStack: true });
    code.localSet(local);
    return local;
  });
  const limbs = limbNumbers.map((number) => {
    code.localGet(halves[number < 2 ? 1 : 0] as number);
    code.v128Lane(vectorOp.i64x2_extract_lane, number & 1);
    return writer.define();
  });
  writer.push({ kind: "limbs", limbs: limbs as unknown as [Limb, Limb, Limb, Limb] });
}

/** MSTORE. */
export function writeStore(writer: BlockWriter, offset: Value, value: Value): void {
  const limbs = writer.limbs(value);
  const place = writeReach(writer, offset, 32);
  for (const [at, low] of [
    [0, 2],
    [16, 0],
  ] as const) {
    putBase(writer, place);
    putSwapped(writer, limbs[low], limbs[low + 1] as Limb);
    writer.code.v128Store(place.offset + at);
  }
}

/** MSTORE8. */
export function writeStoreByte(writer: BlockWriter, offset: Value, value: Value): void {
  const limb = writer.limb(value, 0);
  const place = writeReach(writer, offset, 1);
  putBase(writer, place);
  writer.put(limb);
  writer.code.memory(op.i64_store8, place.offset);
}

interface Place {
  /** A local with the address, which `offset` is added to. */
  readonly local: number;
  readonly offset: number;
}

/**
 * Makes sure that `size` bytes at the offset are there, and pays for them. Within a step, what was reached
 * once at a constant offset needs no second look.
 */
function writeReach(writer: BlockWriter, offset: Value, size: number): Place {
  const constant = constantOf(offset);
  if (constant !== undefined) return reachConstant(writer, constant, size);
  const { code } = writer;
  const [low, ...high] = writer.limbs(offset) as [Limb, Limb, Limb, Limb];
  const rest = high.filter((each) => each !== 0n);
  // Too far: the offset is beyond the end less the size, or negative as a signed number, or has more limbs.
  code.localGet(parameter.memorySize);
  code.op(op.i64_extend_i32_u);
  code.i64Const(size);
  code.op(op.i64_sub);
  writer.put(low);
  code.op(op.i64_sub);
  writer.put(low);
  code.op(op.i64_or);
  code.i64Const(0);
  code.op(op.i64_lt_s);
  if (rest.length > 0) {
    writer.putAny(rest);
    code.i64Const(0);
    code.op(op.i64_ne);
    code.op(op.i32_or);
  }
  writer.open("if");
  if (rest.length > 0) {
    writer.putAny(rest);
    code.i64Const(0);
    code.op(op.i64_ne);
    writer.open("if");
    writeFailure(writer, "outOfGas");
    writer.close();
  }
  callReach(writer, low, size);
  writer.close();
  const local = code.local("i32");
  writer.put(low);
  code.op(op.i32_wrap_i64);
  code.localGet(parameter.memory);
  code.op(op.i32_add);
  code.localSet(local);
  return { local, offset: 0 };
}

function reachConstant(writer: BlockWriter, offset: bigint, size: number): Place {
  if (offset > constantOffsetMax) {
    // What follows is written as if it could run.
    writer.code.i32Const(1);
    writer.open("if");
    writeFailure(writer, "outOfGas");
    writer.close();
    return { local: parameter.memory, offset: 0 };
  }
  const end = Number(offset) + size;
  if (end > writer.memoryKnown) {
    writer.code.localGet(parameter.memorySize);
    writer.code.i32Const(end);
    writer.code.op(op.i32_lt_u);
    writer.open("if");
    callReach(writer, offset, size);
    writer.close();
    writer.memoryKnown = end;
  }
  return { local: parameter.memory, offset: Number(offset) };
}

function callReach(writer: BlockWriter, offset: Limb, size: number): void {
  const { code } = writer;
  code.localGet(parameter.gas);
  code.localGet(parameter.memory);
  code.localGet(parameter.memorySize);
  writer.put(offset);
  code.i64Const(size);
  code.call(writer.target.indexOf("reachTo"));
  code.localSet(parameter.memorySize);
  code.localTee(parameter.gas);
  code.i64Const(0);
  code.op(op.i64_lt_s);
  branchToFailure(writer);
}

function putBase(writer: BlockWriter, { local }: Place): void {
  writer.code.localGet(local);
}

/** Puts 16 bytes on the Wasm stack: two limbs, the higher one first, big-endian. */
function putSwapped(writer: BlockWriter, low: Limb, high: Limb): void {
  const { code } = writer;
  if (typeof low === "bigint" && typeof high === "bigint") {
    const digits = ((high << 64n) | low).toString(16).padStart(32, "0");
    code.v128Const(Buffer.from(digits, "hex"));
    return;
  }
  const local = writer.temporary("swap", "v128");
  writer.put(low);
  code.vector(vectorOp.i64x2_splat);
  writer.put(high);
  code.v128Lane(vectorOp.i64x2_replace_lane, 1);
  code.localTee(local);
  code.byteSwap(local, { isOnStack: true });
}

/** MSIZE. */
export function writeMemorySize(writer: BlockWriter): void {
  writer.code.localGet(parameter.memorySize);
  writer.code.op(op.i64_extend_i32_u);
  writer.push(smallValue(writer.define(32)));
}
