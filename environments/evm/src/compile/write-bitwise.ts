import { op } from "../emit/opcodes.ts";
import type { BlockWriter } from "./block-writer.ts";
import { bitsOf, type Limb, limbMax, limbNumbers, type Value } from "./values.ts";
import { pushLimbs } from "./write-arithmetic.ts";

/** AND, OR or XOR, limb by limb. */
export function writeBitwise(
  writer: BlockWriter,
  { a, b, operation }: { readonly a: Value; readonly b: Value; readonly operation: Bitwise },
): void {
  const join = joins[operation];
  if (operation !== "and" && a.kind === "flag" && b.kind === "flag") {
    writer.code.localGet(a.local);
    writer.code.localGet(b.local);
    writer.code.op(operation === "or" ? op.i32_or : op.i32_xor);
    writer.push(writer.defineFlag());
    return;
  }
  // A limb that a mask takes away is never loaded.
  pushLimbs(
    writer,
    limbNumbers.map((number) => {
      if (operation === "and" && (isKnownZero(a, number) || isKnownZero(b, number))) return 0n;
      return join(writer, writer.limb(a, number), writer.limb(b, number));
    }),
  );
}

export type Bitwise = "and" | "or" | "xor";

/** The complement. */
export function writeNot(writer: BlockWriter, a: Value): void {
  pushLimbs(
    writer,
    writer.limbs(a).map((limb) => writeXor(writer, limb, limbMax)),
  );
}

/** `value` shifted by a constant. */
export function writeShift(
  writer: BlockWriter,
  {
    value,
    count,
    direction,
  }: { readonly value: Value; readonly count: bigint; readonly direction: Shift },
): void {
  if (direction === "arithmetic") writeShiftArithmetic(writer, value, count);
  else if (count > 255n) pushLimbs(writer, [0n, 0n, 0n, 0n]);
  else {
    const [whole, bits] = [Number(count >> 6n), count & 63n];
    const shifted = limbNumbers.map((number) =>
      direction === "left"
        ? joinLeft(writer, limbAt(writer, value, number - whole), [
            limbAt(writer, value, number - whole - 1),
            bits,
          ])
        : joinRight(writer, limbAt(writer, value, number + whole), [
            limbAt(writer, value, number + whole + 1),
            bits,
          ]),
    );
    pushLimbs(writer, shifted);
  }
}

export type Shift = "left" | "right" | "arithmetic";

function writeShiftArithmetic(writer: BlockWriter, value: Value, count: bigint): void {
  const top = writer.limb(value, 3);
  const sign = shiftLimb(writer, top, { count: 63n, operation: op.i64_shr_s });
  const [whole, bits] = count > 255n ? [4, 0n] : [Number(count >> 6n), count & 63n];
  const at = (number: number) => (number > 3 ? sign : limbAt(writer, value, number));
  const shifted = limbNumbers.map((number) => {
    const from = number + whole;
    if (from === 3) return shiftLimb(writer, top, { count: bits, operation: op.i64_shr_s });
    return joinRight(writer, at(from), [at(from + 1), bits]);
  });
  pushLimbs(writer, shifted);
}

function limbAt(writer: BlockWriter, value: Value, number: number): Limb {
  return number < 0 || number > 3 ? 0n : writer.limb(value, number as 0 | 1 | 2 | 3);
}

function joinLeft(writer: BlockWriter, high: Limb, [low, bits]: readonly [Limb, bigint]): Limb {
  if (bits === 0n) return high;
  const upper = shiftLimb(writer, high, { count: bits, operation: op.i64_shl });
  return writeOr(
    writer,
    upper,
    shiftLimb(writer, low, { count: 64n - bits, operation: op.i64_shr_u }),
  );
}

function joinRight(writer: BlockWriter, low: Limb, [high, bits]: readonly [Limb, bigint]): Limb {
  if (bits === 0n) return low;
  const lower = shiftLimb(writer, low, { count: bits, operation: op.i64_shr_u });
  return writeOr(
    writer,
    lower,
    shiftLimb(writer, high, { count: 64n - bits, operation: op.i64_shl }),
  );
}

/** A limb shifted by a constant below 64. */
export function shiftLimb(
  writer: BlockWriter,
  limb: Limb,
  { count, operation }: { readonly count: bigint; readonly operation: number },
): Limb {
  if (limb === 0n || count === 0n) return limb;
  if (typeof limb === "bigint") return shiftConstant(limb, count, operation);
  if (operation === op.i64_shr_u && limb.bits <= Number(count)) return 0n;
  writer.put(limb);
  writer.code.i64Const(count);
  writer.code.op(operation);
  if (operation === op.i64_shr_u) return writer.define(limb.bits - Number(count));
  return writer.define(operation === op.i64_shl ? Math.min(64, limb.bits + Number(count)) : 64);
}

function shiftConstant(limb: bigint, count: bigint, operation: number): bigint {
  if (operation === op.i64_shl) return (limb << count) & limbMax;
  if (operation === op.i64_shr_u) return limb >> count;
  return BigInt.asUintN(64, BigInt.asIntN(64, limb) >> count);
}

type Join = (writer: BlockWriter, x: Limb, y: Limb) => Limb;

const writeAnd: Join = (writer, x, y) => {
  if (x === 0n || y === 0n) return 0n;
  if (x === limbMax) return y;
  if (y === limbMax) return x;
  if (typeof x === "bigint" && typeof y === "bigint") return x & y;
  return joined(writer, [x, y], { operation: op.i64_and, bits: Math.min(bitsOf(x), bitsOf(y)) });
};

const writeOr: Join = (writer, x, y) => {
  if (x === 0n) return y;
  if (y === 0n) return x;
  if (typeof x === "bigint" && typeof y === "bigint") return x | y;
  return joined(writer, [x, y], { operation: op.i64_or, bits: Math.max(bitsOf(x), bitsOf(y)) });
};

const writeXor: Join = (writer, x, y) => {
  if (x === 0n) return y;
  if (y === 0n) return x;
  if (typeof x === "bigint" && typeof y === "bigint") return x ^ y;
  return joined(writer, [x, y], { operation: op.i64_xor, bits: Math.max(bitsOf(x), bitsOf(y)) });
};

const joins: Readonly<Record<Bitwise, Join>> = { and: writeAnd, or: writeOr, xor: writeXor };

function joined(
  writer: BlockWriter,
  [x, y]: readonly [Limb, Limb],
  { operation, bits }: { readonly operation: number; readonly bits: number },
): Limb {
  writer.put(x);
  writer.put(y);
  writer.code.op(operation);
  return writer.define(bits);
}

function isKnownZero(value: Value, number: 0 | 1 | 2 | 3): boolean {
  return value.kind === "flag" ? number !== 0 : value.limbs[number] === 0n;
}
