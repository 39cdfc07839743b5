import {
  declareProduct,
  declareWide,
  isLong,
  isZero,
  limbs,
  loadItem,
  multiplyWide,
  storeItem,
  storeLong,
  storeZero,
} from "./pieces.ts";

/**
 * 256-bit arithmetic on items in memory. The result goes to `r`, which may be one of the operands. Division
 * is schoolbook division in digits of 32 bits (Knuth, volume 2, 4.3.1 D): Wasm divides 64 by 64 bits.
 */
export const arithmeticSource: string = `
export fn multiply(a: i32, b: i32, r: i32) {
  ${loadItem("a", "a")}
  ${loadItem("b", "b")}
  ${declareWide}
  if (a1 | a2 | a3 | b1 | b2 | b3) == 0 {
    ${multiplyWide("a0", "b0")}
    i64[r] = low; i64[r + 8] = high; v128[r + 16] = vzero();
    return;
  }
  ${declareProduct}
  ${truncatedProduct()}
  ${storeItem("r", "r")}
}

// Multiplies to 512 bits at r.
fn multiplyFull(a: i32, b: i32, r: i32) {
  ${loadItem("a", "a")}
  ${loadItem("b", "b")}
  ${declareWide}
  ${fullProduct()}
  ${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `i64[r + ${8 * i}] = r${i};`).join("\n")}
}

export fn divide(a: i32, b: i32, r: i32) {
  ${loadItem("a", "a")}
  ${loadItem("b", "b")}
  if (a1 | a2 | a3 | b1 | b2 | b3) == 0 {
    let quotient = long(0);
    if b0 != 0 { quotient = a0 / b0; }
    ${storeLong("quotient", "r")}
    return;
  }
  if (b0 | b1 | b2 | b3) == 0 { ${storeZero("r")} return; }
  divideDigits(a, 8, b);
  v128[r] = v128[scratch.quotient]; v128[r + 16] = v128[scratch.quotient + 16];
}

export fn remainder(a: i32, b: i32, r: i32) {
  ${loadItem("a", "a")}
  ${loadItem("b", "b")}
  if (a1 | a2 | a3 | b1 | b2 | b3) == 0 {
    let rest = long(0);
    if b0 != 0 { rest = a0 % b0; }
    ${storeLong("rest", "r")}
    return;
  }
  if (b0 | b1 | b2 | b3) == 0 { ${storeZero("r")} return; }
  divideDigits(a, 8, b);
  v128[r] = v128[scratch.rest]; v128[r + 16] = v128[scratch.rest + 16];
}

// r = -a
fn negate(a: i32, r: i32) {
  let x0 = long(0) - i64[a];
  let borrow = long(i64[a] != 0);
  ${[1, 2, 3]
    .map(
      (i) => `let x${i} = long(0) - i64[a + ${8 * i}] - borrow;
  borrow = long((i64[a + ${8 * i}] | borrow) != 0);`,
    )
    .join("\n")}
  ${storeItem("x", "r")}
}

fn magnitude(a: i32, r: i32) {
  if i64[a + 24] <s 0 { negate(a, r); return; }
  v128[r + 16] = v128[a + 16]; v128[r] = v128[a];
}

export fn divideSigned(a: i32, b: i32, r: i32) {
  let isNegative = (i64[a + 24] ^ i64[b + 24]) <s 0;
  magnitude(a, scratch.a);
  magnitude(b, scratch.b);
  divide(scratch.a, scratch.b, r);
  if isNegative { negate(r, r); }
}

export fn remainderSigned(a: i32, b: i32, r: i32) {
  let isNegative = i64[a + 24] <s 0;
  magnitude(a, scratch.a);
  magnitude(b, scratch.b);
  remainder(scratch.a, scratch.b, r);
  if isNegative { negate(r, r); }
}

export fn addModulo(a: i32, b: i32, m: i32, r: i32) {
  if ${isZero("m")} { ${storeZero("r")} return; }
  ${loadItem("a", "a")}
  ${loadItem("b", "b")}
  ${sum()}
  ${limbs.map((i) => `i64[scratch.product + ${8 * i}] = r${i};`).join(" ")}
  if carry == 0 && lessThan(scratch.product, m) {
    ${storeItem("r", "r")}
    return;
  }
  i64[scratch.product + 32] = carry;
  divideDigits(scratch.product, 9, m);
  v128[r] = v128[scratch.rest]; v128[r + 16] = v128[scratch.rest + 16];
}

export fn multiplyModulo(a: i32, b: i32, m: i32, r: i32) {
  if ${isZero("m")} { ${storeZero("r")} return; }
  if i64[m + 24] != 0 { multiplyModuloWide(a, b, m, r); return; }
  multiplyFull(a, b, scratch.product);
  divideDigits(scratch.product, 16, m);
  v128[r] = v128[scratch.rest]; v128[r + 16] = v128[scratch.rest + 16];
}

fn lessThan(a: i32, b: i32) -> i32 {
  let i = 24;
  loop {
    if i64[a + i] != i64[b + i] { return i64[a + i] < i64[b + i]; }
    if i == 0 { return 0; }
    i -= 8;
  }
}

// Square and multiply, from the highest two bits of the exponent on: the powers 1 to 3 are kept.
export fn power(base: i32, exponent: i32, r: i32) {
  ${loadItem("e", "exponent")}
  if i64[base] == 2 && !${isLong("base")} {
    ${storeZero("r")}
    if (e1 | e2 | e3) == 0 && e0 < 256 {
      i64[r + short(e0 >> 6) * 8] = long(1) << (e0 & 63);
    }
    return;
  }
  ${storeLong("long(1)", "scratch.powers")}
  v128[scratch.powers + 32] = v128[base]; v128[scratch.powers + 48] = v128[base + 16];
  ${limbs.map((i) => `i64[scratch.a + ${8 * i}] = e${i};`).join(" ")}
  let bit = itemBits(scratch.a) + 1 & -2;
  if (e1 | e2 | e3) != 0 || e0 > 1 {
    multiply(scratch.powers + 32, scratch.powers + 32, scratch.powers + 64);
    multiply(scratch.powers + 64, scratch.powers + 32, scratch.powers + 96);
  }
  let a0 = long(1); let a1 = long(0); let a2 = long(0); let a3 = long(0);
  let b0 = long(0); let b1 = long(0); let b2 = long(0); let b3 = long(0);
  ${declareWide}
  ${declareProduct}
  while bit != 0 {
    bit -= 2;
    ${square()}
    ${square()}
    let digit = short(i64[scratch.a + (bit >> 6) * 8] >> long(bit & 63)) & 3;
    if digit != 0 {
      let from = scratch.powers + digit * 32;
      ${limbs.map((i) => `b${i} = i64[from + ${8 * i}];`).join(" ")}
      ${truncatedProduct()}
      ${limbs.map((i) => `a${i} = r${i};`).join(" ")}
    }
  }
  ${storeItem("a", "r")}
}

// Bits of an item without leading zeros.
fn itemBits(a: i32) -> i32 {
  if i64[a + 24] != 0 { return 256 - short(clz(i64[a + 24])); }
  if i64[a + 16] != 0 { return 192 - short(clz(i64[a + 16])); }
  if i64[a + 8] != 0 { return 128 - short(clz(i64[a + 8])); }
  return 64 - short(clz(i64[a]));
}
`;

/** Declares `r0`..`r3` and `carry` (i64) of a + b. */
function sum(): string {
  const next = (i: number) => `
    let r${i} = a${i} + b${i};
    let x${i} = long(r${i} < a${i});
    r${i} = r${i} + carry;
    carry = x${i} | long(r${i} < carry);`;
  return `let r0 = a0 + b0; let carry = long(r0 < a0); ${[1, 2, 3].map(next).join("")}`;
}

/** `r0`..`r3` are a * b modulo 2^256; they are declared, and `carry` is. */
function truncatedProduct(): string {
  const lines = limbs.map((i) => `r${i} = long(0);`);
  for (const i of limbs) {
    lines.push("carry = long(0);");
    for (let j = 0; i + j < 4; j++) {
      if (i + j === 3) lines.push(`r3 = r3 + a${i} * b${j} + carry;`);
      else lines.push(accumulate(i, j));
    }
  }
  return lines.join("\n");
}

/** a = a * a modulo 2^256: the products of different limbs once, doubled, and the squares. */
function square(): string {
  return `
    ${multiplyWide("a0", "a1")} r1 = low; r2 = high;
    ${multiplyWide("a0", "a2")} r2 = r2 + low; r3 = high + long(r2 < low);
    r3 = r3 + a0 * a3 + a1 * a2;
    r3 = (r3 << 1) | (r2 >> 63); r2 = (r2 << 1) | (r1 >> 63); r1 = r1 << 1;
    ${multiplyWide("a1", "a1")}
    r2 = r2 + low; r3 = r3 + high + long(r2 < low);
    ${multiplyWide("a0", "a0")}
    r0 = low; r1 = r1 + high; carry = long(r1 < high);
    r2 = r2 + carry; r3 = r3 + long(r2 < carry);
    a0 = r0; a1 = r1; a2 = r2; a3 = r3;`;
}

/** Declares `r0`..`r7` of a * b. */
function fullProduct(): string {
  const lines = ["let carry = long(0);"];
  for (let i = 0; i < 8; i++) lines.push(`let r${i} = long(0);`);
  for (const i of limbs) {
    lines.push("carry = long(0);");
    for (const j of limbs) lines.push(accumulate(i, j));
    lines.push(`r${i + 4} = carry;`);
  }
  return lines.join("\n");
}

/** Adds a_i * b_j and the carry to r_(i+j); the carry goes on. */
function accumulate(i: number, j: number): string {
  const r = `r${i + j}`;
  return `${multiplyWide(`a${i}`, `b${j}`)}
    low = low + carry; high = high + long(low < carry);
    ${r} = ${r} + low; carry = high + long(${r} < low);`;
}
