import { bigIntOf, bytesOf } from "../big-endian.ts";
import type { Checkpoint, Power } from "../crypto.ts";

/** Bits of the exponent that one multiplication takes. */
const windowBits = 4;

/** Exponentiation from the highest bits down, in windows of four (Handbook of Applied Cryptography, 14.82). */
export function modexp({ base, exponent, modulus }: Power, checkpoint?: Checkpoint): Uint8Array {
  const m = bigIntOf(modulus);
  if (m <= 1n) return new Uint8Array(modulus.length);
  const digits = windowsOf(exponent);
  const powers = powersOf(bigIntOf(base) % m, m);
  let result = 1n;
  for (const digit of digits) {
    checkpoint?.();
    for (let bit = 0; bit < windowBits && result !== 1n; bit++) result = (result * result) % m;
    if (digit !== 0) result = (result * (powers[digit] ?? 1n)) % m;
  }
  return bytesOf(result, modulus.length);
}

/** Half-bytes without leading zeros. */
function windowsOf(exponent: Uint8Array): readonly number[] {
  const start = exponent.findIndex((each) => each !== 0);
  if (start < 0) return [];
  return [...exponent.subarray(start)].flatMap((each) => [each >> 4, each & 15]);
}

function powersOf(base: bigint, modulus: bigint): readonly bigint[] {
  const powers = [1n];
  for (let at = 1; at < 1 << windowBits; at++) {
    powers.push(((powers[at - 1] ?? 1n) * base) % modulus);
  }
  return powers;
}
