/**
 * A module with one exported function `mix(i32, i32) -> i32`, assembled by hand: it loops `a & 1023`
 * times over `b = b * 33 + a`, so that a run has some work and a result of its own.
 */
export function functionModule(): Uint8Array {
  const type = [0x60, 2, 0x7f, 0x7f, 1, 0x7f];
  const code = [
    1,
    1,
    0x7f, // one local i32: the counter
    0x20,
    0,
    0x41,
    0xff,
    0x07,
    0x71,
    0x21,
    2, // counter = a & 1023
    0x03,
    0x40, // loop
    0x20,
    1,
    0x41,
    33,
    0x6c,
    0x20,
    0,
    0x6a,
    0x21,
    1, // b = b * 33 + a
    0x20,
    2,
    0x41,
    1,
    0x6b,
    0x22,
    2,
    0x41,
    0,
    0x4a,
    0x0d,
    0, // if (--counter > 0) again
    0x0b,
    0x20,
    1,
    0x0b,
  ];
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    1,
    type.length + 1,
    1,
    ...type,
    3,
    2,
    1,
    0,
    7,
    7,
    1,
    3,
    0x6d,
    0x69,
    0x78,
    0,
    0,
    10,
    code.length + 2,
    1,
    code.length,
    ...code,
  ]);
}
