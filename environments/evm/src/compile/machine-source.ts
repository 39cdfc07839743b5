import type { Operation } from "../machine/program/operation.ts";
import { limbs, multiplyWide, storeItem } from "../machine/program/pieces.ts";
import { operationName, operationOpcodes } from "./compile-target.ts";

/**
 * What compiled code needs of the machine beyond the runtime: instructions as functions that return (those
 * of tier 0 go on with the next instruction), and arithmetic on limbs in the place of items.
 */
export function tierOneSource(operations: readonly Operation[]): string {
  const functions = operations
    .filter(({ opcode }) => operationOpcodes.has(opcode))
    .map(operationFunction);
  return [...functions, limbSource].join("\n");
}

/** The body of tier 0, with its ends turned into answers. */
function operationFunction({ opcode, gas, body }: Operation): string {
  const charge = gas === 0 ? "" : `gas -= ${gas}; if gas <s 0 { return gas, memorySize; }`;
  const answering = body
    .replaceAll(/become fail\((.*?), sp, memory, memorySize, pc\);/g, "return $1, memorySize;")
    .replaceAll(
      /become staticChange\(.*?\);/g,
      "return failureBase + failure.staticStateChange, memorySize;",
    );
  if (answering.includes("become")) throw new Error(`Operation ${opcode} ends in another step`);
  return `export fn ${operationName(opcode)}(gas: i64, sp: i32, memory: i32, memorySize: i32) -> i64, i32 {
    ${charge}
    ${answering}
    return gas, memorySize;
  }`;
}

const parameters = (name: string) => limbs.map((i) => `${name}${i}: i64`).join(", ");
const four = "i64, i64, i64, i64";

/** Declares what the signed functions work with. */
const signs = `
  let isNegativeA = a3 <s 0;
  let isNegativeB = b3 <s 0;
  let carry = long(0);
  let signA = a0 >>s 63;
  let signB = b0 >>s 63;`;

const limbSource = `
export fn limbMultiply(${parameters("a")}, ${parameters("b")}) -> ${four} {
  let low = long(0); let high = long(0);
  let t0 = long(0); let t1 = long(0); let t2 = long(0); let t3 = long(0);
  ${multiplyWide("a0", "b0")}
  if (a1 | a2 | a3 | b1 | b2 | b3) == 0 { return low, high, long(0), long(0); }
  let r0 = low;
  let r1 = high;
  let r2 = long(0);
  let r3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
  ${addProduct("a0", "b1")}
  ${addProduct("a1", "b0")}
  ${[
    ["a0", "b2"],
    ["a1", "b1"],
    ["a2", "b0"],
  ]
    .map(
      ([a, b]) =>
        `${multiplyWide(a as string, b as string)} r2 = r2 + low; r3 = r3 + high + long(r2 < low);`,
    )
    .join("\n")}
  return r0, r1, r2, r3;
}

export fn limbDivide(${parameters("a")}, ${parameters("b")}) -> ${four} {
  if (a1 | a2 | a3 | b1 | b2 | b3) == 0 {
    if b0 == 0 { return long(0), long(0), long(0), long(0); }
    return a0 / b0, long(0), long(0), long(0);
  }
  ${inMemory("divide")}
}

export fn limbRemainder(${parameters("a")}, ${parameters("b")}) -> ${four} {
  if (a1 | a2 | a3 | b1 | b2 | b3) == 0 {
    if b0 == 0 { return long(0), long(0), long(0), long(0); }
    return a0 % b0, long(0), long(0), long(0);
  }
  ${inMemory("remainder")}
}

// Numbers of 63 bits and a sign take the way of the processor; all others that of the unsigned division.
export fn limbDivideSigned(${parameters("a")}, ${parameters("b")}) -> ${four} {
  ${signs}
  if ${isShortSigned("a")} && ${isShortSigned("b")} && b0 != 0 && a0 != 0x8000000000000000 {
    let quotient = a0 /s b0;
    let sign = quotient >>s 63;
    return quotient, sign, sign, sign;
  }
  ${negateWhere("a", "isNegativeA")}
  ${negateWhere("b", "isNegativeB")}
  let r0 = long(0); let r1 = long(0); let r2 = long(0); let r3 = long(0);
  r0, r1, r2, r3 = limbDivide(a0, a1, a2, a3, b0, b1, b2, b3);
  ${negateWhere("r", "isNegativeA != isNegativeB")}
  return r0, r1, r2, r3;
}

export fn limbRemainderSigned(${parameters("a")}, ${parameters("b")}) -> ${four} {
  ${signs}
  if ${isShortSigned("a")} && ${isShortSigned("b")} && b0 != 0 && a0 != 0x8000000000000000 {
    let rest = a0 %s b0;
    let sign = rest >>s 63;
    return rest, sign, sign, sign;
  }
  ${negateWhere("a", "isNegativeA")}
  ${negateWhere("b", "isNegativeB")}
  let r0 = long(0); let r1 = long(0); let r2 = long(0); let r3 = long(0);
  r0, r1, r2, r3 = limbRemainder(a0, a1, a2, a3, b0, b1, b2, b3);
  ${negateWhere("r", "isNegativeA")}
  return r0, r1, r2, r3;
}

export fn limbShiftLeft(amount: i64, ${parameters("a")}) -> ${four} {
  if amount > 255 { return long(0), long(0), long(0), long(0); }
  if amount >= 128 { a3 = a1; a2 = a0; a1 = long(0); a0 = long(0); }
  if (amount & 64) != 0 { a3 = a2; a2 = a1; a1 = a0; a0 = long(0); }
  let left = amount & 63;
  let right = 63 - left;
  return a0 << left, (a1 << left) | ((a0 >> 1) >> right), (a2 << left) | ((a1 >> 1) >> right),
    (a3 << left) | ((a2 >> 1) >> right);
}

export fn limbShiftRight(amount: i64, ${parameters("a")}) -> ${four} {
  if amount > 255 { return long(0), long(0), long(0), long(0); }
  ${shiftRight("long(0)")}
}

export fn limbShiftArithmetic(amount: i64, ${parameters("a")}) -> ${four} {
  let sign = a3 >>s 63;
  if amount > 255 { return sign, sign, sign, sign; }
  ${shiftRight("sign")}
}

export fn limbByte(index: i64, ${parameters("a")}) -> i64 {
  if index > 31 { return long(0); }
  let fromLeast = 31 - index;
  let limb = select(fromLeast < 16, select(fromLeast < 8, a0, a1), select(fromLeast < 24, a2, a3));
  return (limb >> ((fromLeast & 7) << 3)) & 255;
}

export fn limbSignExtend(index: i64, ${parameters("a")}) -> ${four} {
  if index > 30 { return a0, a1, a2, a3; }
  let amount = 248 - (index << 3);
  a0, a1, a2, a3 = limbShiftLeft(amount, a0, a1, a2, a3);
  become limbShiftArithmetic(amount, a0, a1, a2, a3);
}
`;

/** Adds a product to the limbs r1.. ; r3 may lose what is beyond. */
function addProduct(a: string, b: string): string {
  return `${multiplyWide(a, b)}
    r1 = r1 + low;
    high = high + long(r1 < low);
    r2 = r2 + high;
    r3 = r3 + long(r2 < high);`;
}

/** The answer of a function of the machine on items, for what does not fit a limb. */
function inMemory(name: string): string {
  return `${storeItem("a", "scratch.a")}
    ${storeItem("b", "scratch.b")}
    ${name}(scratch.a, scratch.b, scratch.a);
    return ${limbs.map((i) => `i64[scratch.a + ${8 * i}]`).join(", ")};`;
}

/** An i32 that is not 0 where the item is the sign extension of its least limb. */
function isShortSigned(name: "a" | "b"): string {
  const sign = name === "a" ? "signA" : "signB";
  return `(((${name}1 ^ ${sign}) | (${name}2 ^ ${sign}) | (${name}3 ^ ${sign})) == 0)`;
}

function negateWhere(name: string, condition: string): string {
  const next = (i: number) => `${name}${i} = (${name}${i} ^ -1) + carry;`;
  return `if ${condition} {
    ${name}0 = 0 - ${name}0;
    carry = long(${name}0 == 0);
    ${next(1)} carry = carry & long(${name}1 == 0);
    ${next(2)} carry = carry & long(${name}2 == 0);
    ${next(3)}
  }`;
}

function shiftRight(sign: string): string {
  return `if amount >= 128 { a0 = a2; a1 = a3; a2 = ${sign}; a3 = ${sign}; }
  if (amount & 64) != 0 { a0 = a1; a1 = a2; a2 = a3; a3 = ${sign}; }
  let right = amount & 63;
  let left = 63 - right;
  return (a0 >> right) | ((a1 << 1) << left), (a1 >> right) | ((a2 << 1) << left),
    (a2 >> right) | ((a3 << 1) << left), (a3 >> right) | ((${sign} << 1) << left);`;
}
