import { copyItem, readBytes } from "./pieces.ts";

/**
 * Keccak-256 (FIPS 202 permutation, the padding before standardisation: 0x01). `keccakBlock` is the
 * permutation of 24 rounds on 25 lanes in locals; the round is written out once and loops.
 */
const lanes = Array.from({ length: 25 }, (_, lane) => lane);
const rotations = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
];

/** The round constants: a linear feedback shift register over x^8 + x^6 + x^5 + x^4 + 1. */
export function roundConstants(): BigUint64Array {
  const constants = new BigUint64Array(24);
  let register = 1;
  for (let round = 0; round < 24; round++) {
    for (let bit = 0; bit < 7; bit++) {
      if ((register & 1) === 1)
        constants[round] = (constants[round] ?? 0n) ^ (1n << ((1n << BigInt(bit)) - 1n));
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
  }
  return constants;
}

function round(): string {
  const lines: string[] = [];
  for (let x = 0; x < 5; x++) {
    lines.push(`c${x} = s${x} ^ s${x + 5} ^ s${x + 10} ^ s${x + 15} ^ s${x + 20};`);
  }
  for (let x = 0; x < 5; x++) {
    lines.push(`d = c${(x + 4) % 5} ^ rotl(c${(x + 1) % 5}, 1);`);
    for (let y = 0; y < 25; y += 5) lines.push(`s${x + y} = s${x + y} ^ d;`);
  }
  // rho and pi: lane (x, y) goes to (y, 2x + 3y).
  for (const lane of lanes) {
    const x = lane % 5;
    const y = Math.floor(lane / 5);
    const target = y + 5 * ((2 * x + 3 * y) % 5);
    const rotation = rotations[lane];
    lines.push(`b${target} = ${rotation === 0 ? `s${lane}` : `rotl(s${lane}, ${rotation})`};`);
  }
  for (const lane of lanes) {
    const row = lane - (lane % 5);
    const next = row + ((lane + 1) % 5);
    const afterNext = row + ((lane + 2) % 5);
    lines.push(`s${lane} = b${lane} ^ ((b${next} ^ -1) & b${afterNext});`);
  }
  return lines.join("\n");
}

export const keccakSource: string = `
fn keccakBlock(state: i32) {
  ${lanes.map((lane) => `let s${lane} = i64[state + ${lane * 8}];`).join("\n")}
  ${lanes.map((lane) => `let b${lane} = long(0);`).join("\n")}
  ${[0, 1, 2, 3, 4].map((x) => `let c${x} = long(0);`).join("\n")}
  let d = long(0);
  let constant = constants.keccak;
  while constant != constants.keccak + 192 {
    ${round()}
    s0 = s0 ^ i64[constant];
    constant += 8;
  }
  ${lanes.map((lane) => `i64[state + ${lane * 8}] = s${lane};`).join("\n")}
}

fn absorb(state: i32, from: i32) {
  ${Array.from({ length: 17 }, (_, lane) => `i64[state + ${lane * 8}] = i64[state + ${lane * 8}] ^ i64[from + ${lane * 8}];`).join("\n")}
}

// The 32 bytes of the hash go to \`to\`. Words are read whole, so up to 7 bytes behind the input.
export fn keccak(from: i32, size: i32, to: i32) {
  let state = scratch.keccak;
  ${lanes.map((lane) => `i64[state + ${lane * 8}] = 0;`).join(" ")}
  while size >= 136 {
    absorb(state, from);
    keccakBlock(state);
    from += 136;
    size -= 136;
  }
  let at = state;
  while size >= 8 {
    i64[at] = i64[at] ^ i64[from];
    at += 8;
    from += 8;
    size -= 8;
  }
  let bits = long(size << 3);
  i64[at] = i64[at] ^ ((i64[from] & ((long(1) << bits) - 1)) | (long(1) << bits));
  i64[state + 128] = i64[state + 128] ^ (long(1) << 63);
  keccakBlock(state);
  v128[to] = v128[state];
  v128[to + 16] = v128[state + 16];
}

// The hash of 64 bytes as an item at \`to\`. Two words are how mappings find their slots, and contracts ask
// for the same ones again; the keys are secret, so that nobody can choose pairs that push each other out.
fn hashOfPair(from: i32, to: i32) {
  let w0 = i64[from]; let w1 = i64[from + 8]; let w2 = i64[from + 16]; let w3 = i64[from + 24];
  let w4 = i64[from + 32]; let w5 = i64[from + 40]; let w6 = i64[from + 48]; let w7 = i64[from + 56];
  let hash = finished(mixed(w0 ^ rotl(w4, 32), w1 ^ rotl(w5, 32), machine.seeds)
    + mixed(w2 ^ rotl(w6, 32), w3 ^ rotl(w7, 32), machine.seeds + 16));
  let bucket = hashBuckets + (hash & hashBucketLast) * 128;
  if i32[bucket + 96] == 1 && ((i64[bucket] ^ w0) | (i64[bucket + 8] ^ w1) | (i64[bucket + 16] ^ w2)
    | (i64[bucket + 24] ^ w3) | (i64[bucket + 32] ^ w4) | (i64[bucket + 40] ^ w5)
    | (i64[bucket + 48] ^ w6) | (i64[bucket + 56] ^ w7)) == 0 {
    ${copyItem("bucket + 64", "to")}
    return;
  }
  keccak(from, 64, to);
  ${readBytes("to", "to", "Pair")}
  i64[bucket] = w0; i64[bucket + 8] = w1; i64[bucket + 16] = w2; i64[bucket + 24] = w3;
  i64[bucket + 32] = w4; i64[bucket + 40] = w5; i64[bucket + 48] = w6; i64[bucket + 56] = w7;
  ${copyItem("to", "bucket + 64")}
  i32[bucket + 96] = 1;
}
`;
