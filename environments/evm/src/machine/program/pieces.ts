import { hasWideArithmetic } from "../../emit/wide-arithmetic.ts";

/**
 * Pieces of machine-language text that many functions share. An item is named by a prefix: `a` stands for
 * the locals `a0` (least limb) to `a3`.
 */
export const limbs = [0, 1, 2, 3] as const;

/** Declares the four limbs of `name`, read from the item at `address`. */
export function loadItem(name: string, address: string): string {
  return limbs.map((i) => `let ${name}${i} = i64[${address} + ${8 * i}];`).join("\n");
}

/** Stores the limbs of `name` at `address`. */
export function storeItem(name: string, address: string): string {
  return limbs.map((i) => `i64[${address} + ${8 * i}] = ${name}${i};`).join("\n");
}

/** Stores a small value: one limb, zeros above. */
export function storeLong(value: string, address: string): string {
  return `i64[${address}] = ${value}; i64[${address} + 8] = 0; v128[${address} + 16] = vzero();`;
}

export function storeZero(address: string): string {
  return `v128[${address}] = vzero(); v128[${address} + 16] = vzero();`;
}

export function copyItem(from: string, to: string): string {
  return `v128[${to}] = v128[${from}]; v128[${to} + 16] = v128[${from} + 16];`;
}

/** Stores the 32 big-endian bytes at `from` as an item at `to`; they may be the same place. */
export function readBytes(from: string, to: string, unique: string): string {
  return `let high${unique} = swap(v128[${from}]); let low${unique} = swap(v128[${from} + 16]);
    v128[${to}] = low${unique}; v128[${to} + 16] = high${unique};`;
}

/** An i32 that is not 0 where the item at `address` has more than 64 bits. */
export function isLong(address: string): string {
  return `((i64[${address} + 8] | i64[${address} + 16] | i64[${address} + 24]) != 0)`;
}

/** An i32 that is 1 where the item is 0. */
export function isZero(address: string): string {
  return `((i64[${address}] | i64[${address} + 8] | i64[${address} + 16] | i64[${address} + 24]) == 0)`;
}

/** The low and high half of a * b in `low` and `high`, which are declared; `t0`..`t3` are work. */
export function multiplyWide(a: string, b: string): string {
  if (hasWideArithmetic) return `low, high = multiplyWide(${a}, ${b});`;
  return `
    t0 = (${a} & 0xffffffff) * (${b} & 0xffffffff);
    t1 = (${a} & 0xffffffff) * (${b} >> 32);
    t2 = (${a} >> 32) * (${b} & 0xffffffff);
    t3 = (t0 >> 32) + (t1 & 0xffffffff) + (t2 & 0xffffffff);
    high = (${a} >> 32) * (${b} >> 32) + (t1 >> 32) + (t2 >> 32) + (t3 >> 32);
    low = ${a} * ${b};`;
}

/** Declares the work of `multiplyWide`. */
export const declareWide: string = ["low", "high", "t0", "t1", "t2", "t3"]
  .map((name) => `let ${name} = long(0);`)
  .join(" ");

/** Declares the limbs of a product and its carry. */
export const declareProduct: string = [...limbs.map((i) => `r${i}`), "carry"]
  .map((name) => `let ${name} = long(0);`)
  .join(" ");

/** Goes over to another step with everything as it is. */
export function go(step: string): string {
  return `become ${step}(gas, sp, memory, memorySize, pc);`;
}

/** Ends the frame where gas is negative. */
export const failIfOut: string = `if gas <s 0 { ${go("fail")} }`;
