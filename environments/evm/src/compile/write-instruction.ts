import { op } from "../emit/opcodes.ts";
import { frame, machine } from "../machine/layout.ts";
import { type BlockWriter, parameter } from "./block-writer.ts";
import type { MachineFunction } from "./compile-target.ts";
import { foldConstants } from "./fold-constants.ts";
import { constantOf, type Limb, limbNumbers, smallValue, type Value } from "./values.ts";
import { pushLimbs, writeAdd, writeShortMultiply, writeSubtract } from "./write-arithmetic.ts";
import { type Shift, writeBitwise, writeNot, writeShift } from "./write-bitwise.ts";
import { writeEqual, writeIsZero, writeLess } from "./write-comparison.ts";
import { branchToFailure, putRegion } from "./write-exits.ts";
import { writeLoad, writeMemorySize, writeStore, writeStoreByte } from "./write-memory.ts";

/** Writes an instruction that neither jumps nor ends the step. */
export type WriteInstruction = (writer: BlockWriter, pc: number) => void;

const binary =
  (write: (writer: BlockWriter, a: Value, b: Value) => void, code?: number): WriteInstruction =>
  (writer) => {
    const [a, b] = [writer.pop(), writer.pop()];
    const folded = code === undefined ? undefined : foldConstants(code, [a, b]);
    if (folded === undefined) write(writer, a, b);
    else writer.pushConstant(folded);
  };

const limbCall =
  (name: MachineFunction): ((writer: BlockWriter, a: Value, b: Value) => void) =>
  (writer, a, b) => {
    for (const value of [a, b]) for (const limb of writer.limbs(value)) writer.put(limb);
    writer.code.call(writer.target.indexOf(name));
    takeLimbs(writer);
  };

/** Takes four limbs from the Wasm stack, the highest on top. */
function takeLimbs(writer: BlockWriter): void {
  const limbs = limbNumbers.map(() => writer.define()).reverse();
  pushLimbs(writer, limbs);
}

const powerOfTwo = (value: Value): bigint | undefined => {
  const number = constantOf(value);
  if (number === undefined || number === 0n || (number & (number - 1n)) !== 0n) return undefined;
  return BigInt(number.toString(2).length - 1);
};

const multiply = binary((writer, a, b) => {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const count = powerOfTwo(other);
    if (count !== undefined) {
      writeShift(writer, { value: one, count, direction: "left" });
      return;
    }
  }
  if (!writeShortMultiply(writer, a, b)) limbCall("limbMultiply")(writer, a, b);
}, 0x02);

const divide = binary((writer, a, b) => {
  const count = powerOfTwo(b);
  if (count === undefined) limbCall("limbDivide")(writer, a, b);
  else writeShift(writer, { value: a, count, direction: "right" });
}, 0x04);

const remainder = binary((writer, a, b) => {
  if (powerOfTwo(b) === undefined) limbCall("limbRemainder")(writer, a, b);
  else {
    const mask = { kind: "limbs", limbs: maskBelow(constantOf(b) as bigint) } as const;
    writeBitwise(writer, { a, b: mask, operation: "and" });
  }
}, 0x06);

function maskBelow(power: bigint): [Limb, Limb, Limb, Limb] {
  const mask = power - 1n;
  const limb = (number: bigint) => (mask >> (64n * number)) & 0xffff_ffff_ffff_ffffn;
  return [limb(0n), limb(1n), limb(2n), limb(3n)];
}

/** The machine's function works on the items in their places, and leaves its answer in the lowest. */
function writeModular(name: "addModulo" | "multiplyModulo"): WriteInstruction {
  return (writer) => {
    writer.spillTop(3);
    const top = writer.stack.length - 1;
    writer.protect(top - 2);
    for (const index of [top, top - 1, top - 2, top - 2]) writer.putAddress(index);
    writer.code.call(writer.target.indexOf(name));
    for (let left = 3; left > 0; left--) writer.pop();
    writer.push(writer.stackItem(top - 2));
  };
}

const shift =
  (direction: Shift, name: MachineFunction, code: number): WriteInstruction =>
  (writer) => {
    const [count, value] = [writer.pop(), writer.pop()];
    const folded = foldConstants(code, [count, value]);
    const constant = constantOf(count);
    if (folded !== undefined) writer.pushConstant(folded);
    else if (constant !== undefined) writeShift(writer, { value, count: constant, direction });
    else {
      putShort(writer, count);
      for (const limb of writer.limbs(value)) writer.put(limb);
      writer.code.call(writer.target.indexOf(name));
      takeLimbs(writer);
    }
  };

/** Puts an i64 that is the value, or some larger number than any that matters where it has more limbs. */
function putShort(writer: BlockWriter, value: Value): void {
  const [low, ...high] = writer.limbs(value) as [Limb, Limb, Limb, Limb];
  const rest = high.filter((each) => each !== 0n);
  writer.put(low);
  if (rest.length === 0) return;
  writer.code.i64Const(-1);
  writer.putAny(rest);
  writer.code.op(op.i64_eqz);
  // Both operands are on the Wasm stack in the order of `select`: the value, -1, the condition.
  writer.code.op(op.select);
}

const byteOf: WriteInstruction = (writer) => {
  const [index, value] = [writer.pop(), writer.pop()];
  const constant = constantOf(index);
  if (constant !== undefined && constant > 31n) {
    writer.pushConstant(0n);
    return;
  }
  if (constant === undefined) {
    putShort(writer, index);
    for (const limb of writer.limbs(value)) writer.put(limb);
    writer.code.call(writer.target.indexOf("limbByte"));
  } else {
    const fromLeast = 31n - constant;
    writer.put(writer.limb(value, Number(fromLeast >> 3n) as 0 | 1 | 2 | 3));
    writer.code.i64Const((fromLeast & 7n) * 8n);
    writer.code.op(op.i64_shr_u);
    writer.code.i64Const(255);
    writer.code.op(op.i64_and);
  }
  writer.push(smallValue(writer.define(8)));
};

const signExtend: WriteInstruction = (writer) => {
  const [size, value] = [writer.pop(), writer.pop()];
  const constant = constantOf(size);
  if (constant !== undefined && constant > 30n) {
    writer.push(value);
    return;
  }
  if (constant !== undefined) {
    const count = 248n - 8n * constant;
    writeShift(writer, { value, count, direction: "left" });
    writeShift(writer, { value: writer.pop(), count, direction: "arithmetic" });
    return;
  }
  putShort(writer, size);
  for (const limb of writer.limbs(value)) writer.put(limb);
  writer.code.call(writer.target.indexOf("limbSignExtend"));
  takeLimbs(writer);
};

const countLeadingZeros: WriteInstruction = (writer) => {
  const limbs = writer.limbs(writer.pop());
  const { code } = writer;
  // From the least limb up: where a limb is 0, its 64 and what is below.
  code.i64Const(0);
  for (const number of limbNumbers) {
    const rest = writer.temporary("rest", "i64");
    code.localSet(rest);
    writer.put(limbs[number]);
    code.op(op.i64_clz);
    code.localGet(rest);
    code.i64Const(0);
    writer.put(limbs[number]);
    code.op(op.i64_eqz);
    code.op(op.select);
    code.op(op.i64_add);
  }
  writer.push(smallValue(writer.define(9)));
};

/** An instruction that the machine offers as a function, which works on the stack in memory. */
export function writeOperation(writer: BlockWriter, opcode: number): void {
  const { code, target } = writer;
  const pops = target.set.pops[opcode] as number;
  const pushes = target.set.pushes[opcode] as number;
  writer.spillTop(pops);
  // Operands may be overwritten, not only by the answer.
  for (let index = writer.stack.length - Math.max(pops, 1); index <= writer.stack.length; index++) {
    writer.protect(index);
  }
  code.localGet(parameter.gas);
  writer.putTop();
  code.localGet(parameter.memory);
  code.localGet(parameter.memorySize);
  code.call(target.operationAt(opcode));
  code.localSet(parameter.memorySize);
  code.localTee(parameter.gas);
  code.i64Const(0);
  code.op(op.i64_lt_s);
  branchToFailure(writer);
  for (let left = pops; left > 0; left--) writer.pop();
  if (pushes === 1) writer.push(writer.stackItem(writer.stack.length));
}

/** An item that the frame or the machine keeps. */
const itemAt =
  (
    place: { readonly register?: number; readonly field?: number },
    isAddress: boolean,
  ): WriteInstruction =>
  (writer) => {
    const known = isAddress ? [undefined, undefined, undefined, 0n] : [];
    if (place.register !== undefined) {
      writer.push(writer.item({ base: undefined, offset: place.register }, known));
      return;
    }
    const base = writer.code.local("i32");
    putRegion(writer);
    writer.code.localSet(base);
    writer.push(writer.item({ base, offset: place.field as number }, known));
  };

const self: WriteInstruction = (writer) => {
  const base = writer.code.local("i32");
  putRegion(writer);
  writer.code.memory(op.i32_load, frame.self);
  writer.code.localSet(base);
  writer.push(writer.item({ base, offset: 0 }, [undefined, undefined, undefined, 0n]));
};

const shortAt =
  (put: (writer: BlockWriter) => void): WriteInstruction =>
  (writer) => {
    put(writer);
    writer.code.op(op.i64_extend_i32_u);
    writer.push(smallValue(writer.define(32)));
  };

const callDataSize = shortAt((writer) => {
  putRegion(writer);
  writer.code.memory(op.i32_load, frame.callDataSize);
});

const returnDataSize = shortAt((writer) => {
  writer.code.i32Const(0);
  writer.code.memory(op.i32_load, machine.returnDataSize);
});

const gasLeft: WriteInstruction = (writer) => {
  writer.code.localGet(parameter.gas);
  writer.push(smallValue(writer.define()));
};

const less =
  (isSigned: boolean, isSwapped: boolean): ((w: BlockWriter, a: Value, b: Value) => void) =>
  (writer, a, b) =>
    writeLess(writer, isSwapped ? { a: b, b: a, isSigned } : { a, b, isSigned });

const bitwise = (operation: "and" | "or" | "xor", code: number) =>
  binary((writer, a, b) => writeBitwise(writer, { a, b, operation }), code);

const one =
  (write: (writer: BlockWriter, a: Value) => void, code: number): WriteInstruction =>
  (writer) => {
    const a = writer.pop();
    const folded = foldConstants(code, [a]);
    if (folded === undefined) write(writer, a);
    else writer.pushConstant(folded);
  };

/** What instructions become that are written out; jumps, calls and ends are not here. */
export const instructionWriters: Readonly<Partial<Record<number, WriteInstruction>>> = {
  1: binary(writeAdd, 0x01),
  2: multiply,
  3: binary(writeSubtract, 0x03),
  4: divide,
  5: binary(limbCall("limbDivideSigned"), 0x05),
  6: remainder,
  7: binary(limbCall("limbRemainderSigned"), 0x07),
  8: writeModular("addModulo"),
  9: writeModular("multiplyModulo"),
  11: signExtend,
  16: binary(less(false, false), 0x10),
  17: binary(less(false, true), 0x11),
  18: binary(less(true, false), 0x12),
  19: binary(less(true, true), 0x13),
  20: binary(writeEqual, 0x14),
  21: one(writeIsZero, 0x15),
  22: bitwise("and", 0x16),
  23: bitwise("or", 0x17),
  24: bitwise("xor", 0x18),
  25: one(writeNot, 0x19),
  26: byteOf,
  27: shift("left", "limbShiftLeft", 0x1b),
  28: shift("right", "limbShiftRight", 0x1c),
  29: shift("arithmetic", "limbShiftArithmetic", 0x1d),
  30: countLeadingZeros,
  48: self,
  50: itemAt({ register: machine.origin }, true),
  51: itemAt({ field: frame.caller }, true),
  52: itemAt({ field: frame.value }, false),
  54: callDataSize,
  56: (writer) => writer.pushConstant(BigInt(writer.target.bytes.length)),
  58: itemAt({ register: machine.gasPrice }, false),
  61: returnDataSize,
  65: itemAt({ register: machine.coinbase }, true),
  66: itemAt({ register: machine.timestamp }, false),
  67: itemAt({ register: machine.number }, false),
  68: itemAt({ register: machine.prevRandao }, false),
  69: itemAt({ register: machine.gasLimit }, false),
  70: itemAt({ register: machine.chainId }, false),
  72: itemAt({ register: machine.baseFee }, false),
  74: itemAt({ register: machine.blobBaseFee }, false),
  80: (writer) => void writer.pop(),
  81: (writer) => writeLoad(writer, writer.pop()),
  82: (writer) => writeStore(writer, writer.pop(), writer.pop()),
  83: (writer) => writeStoreByte(writer, writer.pop(), writer.pop()),
  88: (writer, pc) => writer.pushConstant(BigInt(pc)),
  89: writeMemorySize,
  90: gasLeft,
  91: () => undefined,
};
