import { declareWide, limbs, loadItem, multiplyWide, storeItem } from "./pieces.ts";

/**
 * The product of two items modulo a third one whose highest limb is not 0, in limbs of 64 bits. A digit of the
 * quotient is estimated with a reciprocal of the divisor's highest limb (Möller and Granlund, Improved
 * division by invariant integers, 2011, algorithms 3 and 4), then corrected as in Knuth's algorithm D.
 */
export const wideModuloSource: string = `
fn multiplyModuloWide(a: i32, b: i32, m: i32, r: i32) {
  ${loadItem("a", "a")}
  ${loadItem("b", "b")}
  ${loadItem("v", "m")}
  ${declareWide}
  let carry = long(0);
  ${Array.from({ length: 9 }, (_, i) => `let x${i} = long(0);`).join(" ")}
  ${limbs.map(row).join("\n")}
  let shift = clz(v3);
  ${shiftLeft("v", 4)}
  x8 = (x7 >> 1) >> (63 - shift);
  ${shiftLeft("x", 8)}
  let reciprocal = reciprocalOf(v3);
  let q = long(0);
  let rest = long(0);
  let isExact = 1;
  if x8 != 0 || x7 >= v3 { ${digit(4)} }
  ${[3, 2, 1, 0].map(digit).join("\n")}
  x0 = (x0 >> shift) | ((x1 << 1) << (63 - shift));
  x1 = (x1 >> shift) | ((x2 << 1) << (63 - shift));
  x2 = (x2 >> shift) | ((x3 << 1) << (63 - shift));
  x3 = x3 >> shift;
  ${storeItem("x", "r")}
}

// floor((2^128 - 1) / d) - 2^64, for a d whose highest bit is set: a long division in digits of 32 bits.
fn reciprocalOf(d: i64) -> i64 {
  let high = d >> 32;
  let low = d & 0xffffffff;
  let top = d ^ -1;
  let q1 = top / high;
  let rest = top - q1 * high;
  while q1 > 0xffffffff || q1 * low > ((rest << 32) | 0xffffffff) {
    q1 -= 1;
    rest = rest + high;
    if rest > 0xffffffff { break; }
  }
  let next = ((top << 32) | 0xffffffff) - q1 * d;
  let q0 = next / high;
  rest = next - q0 * high;
  while q0 > 0xffffffff || q0 * low > ((rest << 32) | 0xffffffff) {
    q0 -= 1;
    rest = rest + high;
    if rest > 0xffffffff { break; }
  }
  return (q1 << 32) + q0;
}
`;

/** Adds a_i * b to x from limb i on. */
function row(i: number): string {
  const steps = limbs.map(
    (j) => `${multiplyWide(`a${i}`, `b${j}`)}
    low = low + carry; high = high + long(low < carry);
    x${i + j} = x${i + j} + low; carry = high + long(x${i + j} < low);`,
  );
  return `carry = long(0); ${steps.join("\n")} x${i + 4} = carry;`;
}

/** Shifts the lowest limbs left by less than 64 bits. */
function shiftLeft(name: string, count: number): string {
  const lines: string[] = [];
  for (let i = count - 1; i > 0; i--) {
    lines.push(`${name}${i} = (${name}${i} << shift) | ((${name}${i - 1} >> 1) >> (63 - shift));`);
  }
  return `${lines.join(" ")} ${name}0 = ${name}0 << shift;`;
}

/** Takes the divisor off the five limbs from j on, as often as it goes. */
function digit(j: number): string {
  const [top, next, third] = [`x${j + 4}`, `x${j + 3}`, `x${j + 2}`];
  return `
  if ${top} >= v3 {
    q = long(0) - 1;
    rest = ${next} + v3;
    isExact = rest >= v3;
  } else {
    ${multiplyWide("reciprocal", top)}
    q = high + ${top};
    rest = low + ${next};
    q = q + long(rest < low) + 1;
    low = rest;
    rest = ${next} - q * v3;
    if rest > low { q -= 1; rest = rest + v3; }
    if rest >= v3 { q += 1; rest = rest - v3; }
    isExact = 1;
  }
  if isExact {
    ${multiplyWide("q", "v2")}
    while high > rest || (high == rest && low > ${third}) {
      q -= 1;
      rest = rest + v3;
      if rest < v3 { break; }
      high = high - long(low < v2);
      low = low - v2;
    }
  }
  carry = long(0);
  ${limbs
    .map(
      (i) => `${multiplyWide("q", `v${i}`)}
    low = low + carry; high = high + long(low < carry);
    carry = high + long(x${j + i} < low);
    x${j + i} = x${j + i} - low;`,
    )
    .join("\n")}
  low = ${top};
  ${top} = low - carry;
  if low < carry {
    carry = long(0);
    ${limbs
      .map(
        (i) => `low = x${j + i} + v${i};
      high = long(low < v${i});
      x${j + i} = low + carry;
      carry = high | long(x${j + i} < low);`,
      )
      .join("\n")}
  }`;
}
