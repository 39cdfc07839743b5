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
  1: (a, b) => a + b,
  2: (a, b) => a * b,
  3: (a, b) => a - b,
  4: (a, b) => (b === 0n ? 0n : a / b),
  5: (a, b) => (b === 0n ? 0n : signed(a) / signed(b)),
  6: (a, b) => (b === 0n ? 0n : a % b),
  7: (a, b) => (b === 0n ? 0n : signed(a) % signed(b)),
  16: (a, b) => BigInt(a < b),
  17: (a, b) => BigInt(a > b),
  18: (a, b) => BigInt(signed(a) < signed(b)),
  19: (a, b) => BigInt(signed(a) > signed(b)),
  20: (a, b) => BigInt(a === b),
  21: (a) => BigInt(a === 0n),
  22: (a, b) => a & b,
  23: (a, b) => a | b,
  24: (a, b) => a ^ b,
  25: (a) => ~a,
  27: (count, value) => (count > 255n ? 0n : value << count),
  28: (count, value) => (count > 255n ? 0n : value >> count),
  29: (count, value) => signed(value) >> (count > 255n ? 255n : count),
};
