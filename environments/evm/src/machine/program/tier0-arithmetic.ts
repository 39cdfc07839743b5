import type { Operation } from "./operation.ts";
import { isZero, limbs, loadItem, storeItem, storeLong, storeZero } from "./pieces.ts";

/** 0x01 to 0x1e: numbers, comparisons, bits. The top item is at sp - 32; results of two go to sp - 64. */
export const arithmeticOps: readonly Operation[] = [
  two(0x01, "cost.veryLow", addition()),
  two(0x02, "cost.low", "multiply(sp - 32, sp - 64, sp - 64);"),
  two(0x03, "cost.veryLow", subtraction()),
  two(0x04, "cost.low", "divide(sp - 32, sp - 64, sp - 64);"),
  two(0x05, "cost.low", "divideSigned(sp - 32, sp - 64, sp - 64);"),
  two(0x06, "cost.low", "remainder(sp - 32, sp - 64, sp - 64);"),
  two(0x07, "cost.low", "remainderSigned(sp - 32, sp - 64, sp - 64);"),
  three(0x08, "addModulo(sp - 32, sp - 64, sp - 96, sp - 96);"),
  three(0x09, "multiplyModulo(sp - 32, sp - 64, sp - 96, sp - 96);"),
  two(0x0a, 0, exponentiation()),
  two(0x0b, "cost.low", "signExtend(sp - 32, sp - 64);"),
  two(0x10, "cost.veryLow", comparison({ isSigned: false, left: 32, right: 64 })),
  two(0x11, "cost.veryLow", comparison({ isSigned: false, left: 64, right: 32 })),
  two(0x12, "cost.veryLow", comparison({ isSigned: true, left: 32, right: 64 })),
  two(0x13, "cost.veryLow", comparison({ isSigned: true, left: 64, right: 32 })),
  two(0x14, "cost.veryLow", answer("itemsEqual(sp - 32, sp - 64)", "sp - 64")),
  one(0x15, answer(isZero("sp - 32"), "sp - 32")),
  two(0x16, "cost.veryLow", bits("vand")),
  two(0x17, "cost.veryLow", bits("vor")),
  two(0x18, "cost.veryLow", bits("vxor")),
  one(
    0x19,
    `let at = sp - 32; ${limbs.map((i) => `i64[at + ${8 * i}] = i64[at + ${8 * i}] ^ -1;`).join(" ")}`,
  ),
  two(0x1a, "cost.veryLow", "byteOf(sp - 32, sp - 64);"),
  two(0x1b, "cost.veryLow", "shiftLeft(sp - 32, sp - 64);"),
  two(0x1c, "cost.veryLow", "shiftRight(sp - 32, sp - 64, long(0));"),
  two(0x1d, "cost.veryLow", "shiftRight(sp - 32, sp - 64, i64[sp - 40] >>s 63);"),
  one(0x1e, leadingZeros(), "cost.low"),
];

/** Shifts and bytes; \`amount\` and \`value\` are items, and the result replaces the value. */
export const bitSource: string = `
export fn signExtend(index: i32, value: i32) {
  if i64[index] > 30 || (i64[index + 8] | i64[index + 16] | i64[index + 24]) != 0 { return; }
  let bit = short(i64[index]) * 8 + 7;
  let limb = bit >> 6;
  let shift = long(63 - (bit & 63));
  let x = (i64[value + limb * 8] << shift) >>s shift;
  i64[value + limb * 8] = x;
  let sign = x >>s 63;
  while limb < 3 {
    limb += 1;
    i64[value + limb * 8] = sign;
  }
}

export fn byteOf(index: i32, value: i32) {
  let byte = long(0);
  if i64[index] < 32 && (i64[index + 8] | i64[index + 16] | i64[index + 24]) == 0 {
    byte = u8long[value + 31 - i32[index]];
  }
  ${storeLong("byte", "value")}
}

export fn shiftLeft(amount: i32, value: i32) {
  if i64[amount] > 255 || (i64[amount + 8] | i64[amount + 16] | i64[amount + 24]) != 0 {
    ${storeZero("value")}
    return;
  }
  ${loadItem("a", "value")}
  let shift = i32[amount];
  if shift >= 128 { a3 = a1; a2 = a0; a1 = long(0); a0 = long(0); }
  if (shift & 64) != 0 { a3 = a2; a2 = a1; a1 = a0; a0 = long(0); }
  let left = long(shift & 63);
  let right = 63 - left;
  i64[value] = a0 << left;
  i64[value + 8] = (a1 << left) | ((a0 >> 1) >> right);
  i64[value + 16] = (a2 << left) | ((a1 >> 1) >> right);
  i64[value + 24] = (a3 << left) | ((a2 >> 1) >> right);
}

// \`sign\` is what comes in from above: 0, or -1.
export fn shiftRight(amount: i32, value: i32, sign: i64) {
  if i64[amount] > 255 || (i64[amount + 8] | i64[amount + 16] | i64[amount + 24]) != 0 {
    ${limbs.map((i) => `i64[value + ${8 * i}] = sign;`).join(" ")}
    return;
  }
  ${loadItem("a", "value")}
  let shift = i32[amount];
  if shift >= 128 { a0 = a2; a1 = a3; a2 = sign; a3 = sign; }
  if (shift & 64) != 0 { a0 = a1; a1 = a2; a2 = a3; a3 = sign; }
  let right = long(shift & 63);
  let left = 63 - right;
  i64[value] = (a0 >> right) | ((a1 << 1) << left);
  i64[value + 8] = (a1 >> right) | ((a2 << 1) << left);
  i64[value + 16] = (a2 >> right) | ((a3 << 1) << left);
  i64[value + 24] = (a3 >> right) | ((sign << 1) << left);
}
`;

function one(opcode: number, body: string, gas = "cost.veryLow"): Operation {
  return { opcode, gas, needs: 1, grows: 0, body };
}

function two(opcode: number, gas: string | 0, body: string): Operation {
  return { opcode, gas, needs: 2, grows: -1, body };
}

function three(opcode: number, body: string): Operation {
  return { opcode, gas: "cost.mid", needs: 3, grows: -2, body };
}

/** Stores an i32 as an item. */
function answer(condition: string, address: string): string {
  return `let at = ${address}; let is = long(${condition}); ${storeLong("is", "at")}`;
}

function addition(): string {
  const next = (i: number) => `
    let r${i} = a${i} + b${i};
    let x${i} = long(r${i} < a${i});
    r${i} = r${i} + carry;
    carry = x${i} | long(r${i} < carry);`;
  return `let at = sp - 64; ${loadItem("a", "at + 32")} ${loadItem("b", "at")}
    let r0 = a0 + b0; let carry = long(r0 < a0);
    ${next(1)} ${next(2)}
    let r3 = a3 + b3 + carry;
    ${storeItem("r", "at")}`;
}

function subtraction(): string {
  const next = (i: number) => `
    let r${i} = a${i} - b${i} - borrow;
    borrow = long(a${i} < b${i}) | (long(a${i} == b${i}) & borrow);`;
  return `let at = sp - 64; ${loadItem("a", "at + 32")} ${loadItem("b", "at")}
    let r0 = a0 - b0; let borrow = long(a0 < b0);
    ${next(1)} ${next(2)}
    let r3 = a3 - b3 - borrow;
    ${storeItem("r", "at")}`;
}

function comparison(options: {
  readonly isSigned: boolean;
  readonly left: number;
  readonly right: number;
}): string {
  const at = (item: number) => `at + ${64 - item}`;
  const sign = options.isSigned ? "<s" : "<";
  return `let at = sp - 64;
    ${loadItem("a", at(options.left))} ${loadItem("b", at(options.right))}
    let is = select(a3 != b3, a3 ${sign} b3,
      select(a2 != b2, a2 < b2, select(a1 != b1, a1 < b1, a0 < b0)));
    let value = long(is);
    ${storeLong("value", "at")}`;
}

function bits(operator: string): string {
  return `let at = sp - 64;
    v128[at] = ${operator}(v128[at], v128[at + 32]);
    v128[at + 16] = ${operator}(v128[at + 16], v128[at + 48]);`;
}

function exponentiation(): string {
  return `gas -= cost.exp + long(itemBits(sp - 64) + 7 >> 3) * i64[price.expPerByte];
    if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
    power(sp - 32, sp - 64, sp - 64);`;
}

function leadingZeros(): string {
  return `let at = sp - 32; let zeros = long(256 - itemBits(at)); ${storeLong("zeros", "at")}`;
}
