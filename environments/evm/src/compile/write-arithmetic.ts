import { op } from "../emit/opcodes.ts";
import type { BlockWriter } from "./block-writer.ts";
import { bitsOf, type Limb, type Limbs, limbMax, limbNumbers, type Value } from "./values.ts";

/** a + b. */
export function writeAdd(writer: BlockWriter, a: Value, b: Value): void {
  const [x, y] = [writer.limbs(a), writer.limbs(b)];
  let carry: Limb = 0n;
  const sum: Limb[] = [];
  for (const number of limbNumbers) {
    const next = addLimbs(writer, [x[number], y[number], carry], number === 3);
    sum.push(next.sum);
    carry = next.carry;
  }
  pushLimbs(writer, sum);
}

/** a - b. */
export function writeSubtract(writer: BlockWriter, a: Value, b: Value): void {
  const [x, y] = [writer.limbs(a), writer.limbs(b)];
  let borrow: Limb = 0n;
  const difference: Limb[] = [];
  for (const number of limbNumbers) {
    const next = subtractLimbs(writer, [x[number], y[number], borrow], number === 3);
    difference.push(next.difference);
    borrow = next.borrow;
  }
  pushLimbs(writer, difference);
}

/** a * b where both are one limb and the product is, too; false where that is not known. */
export function writeShortMultiply(writer: BlockWriter, a: Value, b: Value): boolean {
  if (!isShort(a) || !isShort(b)) return false;
  const [x, y] = [writer.limb(a, 0), writer.limb(b, 0)];
  const bits = bitsOf(x) + bitsOf(y);
  if (bits > 64) return false;
  writer.put(x);
  writer.put(y);
  writer.code.op(op.i64_mul);
  pushLimbs(writer, [writer.define(bits), 0n, 0n, 0n]);
  return true;
}

/** Whether all limbs but the least are known to be 0; asks for no load. */
export function isShort(value: Value): boolean {
  if (value.kind === "flag") return true;
  return value.limbs[1] === 0n && value.limbs[2] === 0n && value.limbs[3] === 0n;
}

export function pushLimbs(writer: BlockWriter, limbs: readonly Limb[]): void {
  writer.push({ kind: "limbs", limbs: limbs as unknown as Limbs });
}

type Operands = readonly [x: Limb, y: Limb, carry: Limb];

function addLimbs(
  writer: BlockWriter,
  operands: Operands,
  isLast: boolean,
): { readonly sum: Limb; readonly carry: Limb } {
  const parts = operands.filter((each) => each !== 0n);
  if (parts.length === 0) return { sum: 0n, carry: 0n };
  if (parts.length === 1) return { sum: parts[0] as Limb, carry: 0n };
  if (parts.every((each) => typeof each === "bigint")) return addConstants(parts as bigint[]);
  const bits = Math.max(...parts.map(bitsOf)) + parts.length - 1;
  if (bits <= 64 || isLast) return { sum: sumOf(writer, parts, Math.min(bits, 64)), carry: 0n };
  const [first, second, third] = parts as [Limb, Limb, Limb | undefined];
  let sum = sumOf(writer, [first, second], 64);
  // What overflowed is less than what was added.
  let carry = carryOf(writer, sum, typeof first === "bigint" ? first : second);
  if (third !== undefined) {
    const whole = sumOf(writer, [sum, third], 64);
    carry = eitherOf(writer, carry, carryOf(writer, whole, third));
    sum = whole;
  }
  return { sum, carry };
}

function addConstants(parts: readonly bigint[]): { readonly sum: Limb; readonly carry: Limb } {
  const sum = parts.reduce((before, each) => before + each, 0n);
  return { sum: sum & limbMax, carry: sum >> 64n };
}

function sumOf(writer: BlockWriter, parts: readonly Limb[], bits: number): Limb {
  for (const [index, each] of parts.entries()) {
    writer.put(each);
    if (index > 0) writer.code.op(op.i64_add);
  }
  return writer.define(bits);
}

function carryOf(writer: BlockWriter, sum: Limb, added: Limb): Limb {
  writer.put(sum);
  writer.put(added);
  writer.code.op(op.i64_lt_u);
  writer.code.op(op.i64_extend_i32_u);
  return writer.define(1);
}

function eitherOf(writer: BlockWriter, a: Limb, b: Limb): Limb {
  writer.put(a);
  writer.put(b);
  writer.code.op(op.i64_or);
  return writer.define(1);
}

function subtractLimbs(
  writer: BlockWriter,
  [x, y, borrow]: Operands,
  isLast: boolean,
): { readonly difference: Limb; readonly borrow: Limb } {
  const parts = [y, borrow].filter((each) => each !== 0n);
  if (parts.length === 0) return { difference: x, borrow: 0n };
  if (typeof x === "bigint" && parts.every((each) => typeof each === "bigint")) {
    const difference = x - (parts as bigint[]).reduce((sum, each) => sum + each, 0n);
    return { difference: difference & limbMax, borrow: difference < 0n ? 1n : 0n };
  }
  let rest = x;
  let under: Limb = 0n;
  for (const part of parts) {
    const before = rest;
    writer.put(before);
    writer.put(part);
    writer.code.op(op.i64_sub);
    rest = writer.define();
    if (isLast) continue;
    const next = carryOf(writer, before, part);
    under = under === 0n ? next : eitherOf(writer, under, next);
  }
  return { difference: rest, borrow: under };
}
