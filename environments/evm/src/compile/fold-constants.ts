import { constantOf, type Value } from "./values.ts";

/** The answer of an instruction whose operands are all constants; undefined where it has to be computed. */
export function foldConstants(op: number, operands: readonly Value[]): bigint | undefined {
  const fold = folds[op];
  if (fold === undefined) return undefined;
  const numbers: bigint[] = [];
  for (const each of operands) {
    const number = constantOf(each);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return BigInt.asUintN(256, fold(numbers[0] as bigint, numbers[1] ?? 0n));
}

const signed = (value: bigint): bigint => BigInt.asIntN(256, value);

const folds: Readonly<Partial<Record<number, (a: bigint, b: bigint) => bigint>>> = {
  0x01: (a, b) => a + b,
  0x02: (a, b) => a * b,
  0x03: (a, b) => a - b,
  0x04: (a, b) => (b === 0n ? 0n : a / b),
  0x05: (a, b) => (b === 0n ? 0n : signed(a) / signed(b)),
  0x06: (a, b) => (b === 0n ? 0n : a % b),
  0x07: (a, b) => (b === 0n ? 0n : signed(a) % signed(b)),
  0x10: (a, b) => BigInt(a < b),
  0x11: (a, b) => BigInt(a > b),
  0x12: (a, b) => BigInt(signed(a) < signed(b)),
  0x13: (a, b) => BigInt(signed(a) > signed(b)),
  0x14: (a, b) => BigInt(a === b),
  0x15: (a) => BigInt(a === 0n),
  0x16: (a, b) => a & b,
  0x17: (a, b) => a | b,
  0x18: (a, b) => a ^ b,
  0x19: (a) => ~a,
  0x1b: (count, value) => (count > 255n ? 0n : value << count),
  0x1c: (count, value) => (count > 255n ? 0n : value >> count),
  0x1d: (count, value) => signed(value) >> (count > 255n ? 255n : count),
};
