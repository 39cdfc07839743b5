import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerTop, code, execute, interpreter, numberOf, word } from "./rig.ts";

const modulus = 2n ** 256n;
const wrapped = (value: bigint): bigint => BigInt.asUintN(256, value);
const signed = (value: bigint): bigint => BigInt.asIntN(256, value);

/** Numbers of every length, with edges: all ones, single bits, equal limbs. */
const number = fc.oneof(
  fc.bigInt({ min: 0n, max: modulus - 1n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 128n }),
  fc.integer({ min: 0, max: 255 }).map((bit) => 2n ** BigInt(bit)),
  fc.integer({ min: 1, max: 256 }).map((bits) => 2n ** BigInt(bits) - 1n),
  fc.bigInt({ min: 1n, max: 2n ** 64n }).map((low) => modulus - low),
  fc
    .array(fc.constantFrom(0n, 1n, 0xffff_ffffn, 0x8000_0000n, 0xffff_fffen), {
      minLength: 8,
      maxLength: 8,
    })
    .map((digits) => digits.reduce<bigint>((value, digit) => (value << 32n) | digit, 0n)),
);

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = wrapped(result * square);
    square = wrapped(square * square);
  }
  return result;
}

function signExtended(index: bigint, value: bigint): bigint {
  return index > 30n ? value : wrapped(BigInt.asIntN(Number(index) * 8 + 8, value));
}

function quotient(a: bigint, b: bigint): bigint {
  return b === 0n ? 0n : wrapped(signed(a) / signed(b));
}

function truth(is: boolean): bigint {
  return is ? 1n : 0n;
}

/** The first operand is the top of the stack. */
const binary: Readonly<Record<string, [number, (a: bigint, b: bigint) => bigint]>> = {
  ADD: [0x01, (a, b) => wrapped(a + b)],
  MUL: [0x02, (a, b) => wrapped(a * b)],
  SUB: [0x03, (a, b) => wrapped(a - b)],
  DIV: [0x04, (a, b) => (b === 0n ? 0n : a / b)],
  SDIV: [0x05, quotient],
  MOD: [0x06, (a, b) => (b === 0n ? 0n : a % b)],
  SMOD: [0x07, (a, b) => (b === 0n ? 0n : wrapped(signed(a) % signed(b)))],
  EXP: [0x0a, power],
  SIGNEXTEND: [0x0b, signExtended],
  LT: [0x10, (a, b) => truth(a < b)],
  GT: [0x11, (a, b) => truth(a > b)],
  SLT: [0x12, (a, b) => truth(signed(a) < signed(b))],
  SGT: [0x13, (a, b) => truth(signed(a) > signed(b))],
  EQ: [0x14, (a, b) => truth(a === b)],
  AND: [0x16, (a, b) => a & b],
  OR: [0x17, (a, b) => a | b],
  XOR: [0x18, (a, b) => a ^ b],
  BYTE: [0x1a, (a, b) => (a > 31n ? 0n : (b >> (8n * (31n - a))) & 0xffn)],
  SHL: [0x1b, (a, b) => (a > 255n ? 0n : wrapped(b << a))],
  SHR: [0x1c, (a, b) => (a > 255n ? 0n : b >> a)],
  SAR: [0x1d, (a, b) => wrapped(signed(b) >> (a > 255n ? 255n : a))],
};

const unary: Readonly<Record<string, [number, (a: bigint) => bigint]>> = {
  ISZERO: [0x15, (a) => truth(a === 0n)],
  NOT: [0x19, (a) => modulus - 1n - a],
  CLZ: [0x1e, (a) => BigInt(a === 0n ? 256 : 256 - a.toString(2).length)],
};

const ternary: Readonly<Record<string, [number, (a: bigint, b: bigint, m: bigint) => bigint]>> = {
  ADDMOD: [0x08, (a, b, m) => (m === 0n ? 0n : (a + b) % m)],
  MULMOD: [0x09, (a, b, m) => (m === 0n ? 0n : (a * b) % m)],
};

describe("arithmetic of the machine is that of integers modulo 2^256", () => {
  using engine = interpreter();

  /** Pushes the operands, the last one first, executes the opcode and answers the top. */
  function compute(opcode: number, operands: readonly bigint[]): bigint {
    const pushes = operands
      .toReversed()
      .map((operand) => `7f${Buffer.from(word(operand)).toString("hex")}`)
      .join("");
    const text = `${pushes}${opcode.toString(16).padStart(2, "0")}${answerTop}`;
    return numberOf(execute({ engine, code: code(text) }).output);
  }

  for (const [name, [opcode, expected]] of Object.entries(binary)) {
    it(name, () => {
      const small = fc.bigInt({ min: 0n, max: 300n });
      const first = ["BYTE", "SHL", "SHR", "SAR", "SIGNEXTEND"].includes(name)
        ? fc.oneof(small, number)
        : number;
      fc.assert(
        fc.property(first, fc.oneof(number, small), (a, b) => {
          expect(compute(opcode, [a, b])).toBe(expected(a, b));
        }),
        { numRuns: 400 },
      );
    });
  }

  for (const [name, [opcode, expected]] of Object.entries(unary)) {
    it(name, () => {
      fc.assert(
        fc.property(number, (a) => {
          expect(compute(opcode, [a])).toBe(expected(a));
        }),
      );
    });
  }

  for (const [name, [opcode, expected]] of Object.entries(ternary)) {
    it(name, () => {
      fc.assert(
        fc.property(number, number, number, (a, b, m) => {
          expect(compute(opcode, [a, b, m])).toBe(expected(a, b, m));
        }),
        { numRuns: 500 },
      );
    });
  }
});
