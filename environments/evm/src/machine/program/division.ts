/**
 * Division of numbers in digits of 32 bits, least first: `divideDigits(u, count, v)` divides the `count`
 * digits at `u` by the item at `v`, which is not 0. The lowest 256 bits of the quotient go to
 * `scratch.quotient`, the rest to `scratch.rest`.
 */
export const divisionSource: string = `
fn divideDigits(u: i32, count: i32, v: i32) {
  v128[scratch.quotient] = vzero(); v128[scratch.quotient + 16] = vzero();
  v128[scratch.quotient + 32] = vzero(); v128[scratch.quotient + 48] = vzero();
  v128[scratch.rest] = vzero(); v128[scratch.rest + 16] = vzero();
  let n = 8;
  while i32[v + n * 4 - 4] == 0 { n -= 1; }
  let m = count;
  while m > 0 && i32[u + m * 4 - 4] == 0 { m -= 1; }
  if n == 1 { divideByDigit(u, m, u32long[v]); return; }
  if m < n { copyDigits(u, m, scratch.rest); return; }
  let shift = long(clz(i32[v + n * 4 - 4]));
  shiftDigits(v, n, scratch.divisor, shift);
  shiftDigits(u, m, scratch.dividend, shift);
  divideNormal(m, n);
  unshiftDigits(n, shift);
}

fn copyDigits(from: i32, count: i32, to: i32) {
  let i = 0;
  while i < count { i32[to + i * 4] = i32[from + i * 4]; i += 1; }
}

fn divideByDigit(u: i32, m: i32, digit: i64) {
  let rest = long(0);
  let i = m;
  while i != 0 {
    i -= 1;
    let value = (rest << 32) | u32long[u + i * 4];
    let quotient = value / digit;
    rest = value - quotient * digit;
    i32[scratch.quotient + i * 4] = short(quotient);
  }
  i64[scratch.rest] = rest;
}

// to = from << shift, with one digit more; shift is below 32.
fn shiftDigits(from: i32, count: i32, to: i32, shift: i64) {
  let carry = long(0);
  let end = from + count * 4;
  while from != end {
    let value = (u32long[from] << shift) | carry;
    i32[to] = short(value);
    carry = value >> 32;
    from += 4;
    to += 4;
  }
  i32[to] = short(carry);
}

fn unshiftDigits(n: i32, shift: i64) {
  let i = 0;
  while i < n {
    i32[scratch.rest + i * 4] = short(i64[scratch.dividend + i * 4] >> shift);
    i += 1;
  }
}

// Divisor of n digits and dividend of m + 1 digits, the divisor's highest bit set.
fn divideNormal(m: i32, n: i32) {
  let first = u32long[scratch.divisor + n * 4 - 4];
  let second = u32long[scratch.divisor + n * 4 - 8];
  i64[scratch.dividend + m * 4 + 4] = 0;
  let j = m - n;
  loop {
    let at = scratch.dividend + j * 4;
    let top = i64[at + n * 4 - 4];
    let quotient = top / first;
    if quotient > 0xffffffff { quotient = long(0xffffffff); }
    let rest = top - quotient * first;
    while rest <= 0xffffffff && quotient * second > ((rest << 32) | u32long[at + n * 4 - 8]) {
      quotient -= 1;
      rest = rest + first;
    }
    if subtractProduct(at, n, quotient) {
      quotient -= 1;
      addBack(at, n);
    }
    if j < 16 { i32[scratch.quotient + j * 4] = short(quotient); }
    if j == 0 { return; }
    j -= 1;
  }
}

// Digits at u -= divisor * quotient; 1 where that went below 0.
fn subtractProduct(u: i32, n: i32, quotient: i64) -> i32 {
  let carry = long(0);
  let v = scratch.divisor;
  let end = v + n * 4;
  while v != end {
    let product = quotient * u32long[v] + carry;
    let digit = u32long[u];
    let difference = digit - (product & 0xffffffff);
    i32[u] = short(difference);
    carry = (product >> 32) + (difference >> 63);
    u += 4;
    v += 4;
  }
  let rest = u32long[u] - carry;
  i32[u] = short(rest);
  return rest <s 0;
}

fn addBack(u: i32, n: i32) {
  let carry = long(0);
  let i = 0;
  while i < n {
    let value = u32long[u + i * 4] + u32long[scratch.divisor + i * 4] + carry;
    i32[u + i * 4] = short(value);
    carry = value >> 32;
    i += 1;
  }
  i32[u + n * 4] = short(u32long[u + n * 4] + carry);
}
`;
