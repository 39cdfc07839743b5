import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bigIntOf, isBelow } from "../big-endian.ts";
import type { KzgClaim } from "../crypto.ts";
import { bls12Order } from "../curve-numbers.ts";
import { kzgSetupG2 } from "../kzg-setup.ts";
import { type G1, isInSubgroup } from "./pairing-codec.ts";

const { G1: g1, G2: g2, pairingBatch, fields } = bls12_381;

/**
 * Holds e(C - y + z·P, G₂) against e(P, τ·G₂), which is the equation of EIP-4844 with the scalar moved
 * to the group that is cheaper to multiply in.
 */
export function verifyKzgProof({ commitment, z, y, proof }: KzgClaim): boolean {
  if (!isBelow(z, bls12Order) || !isBelow(y, bls12Order)) return false;
  const [claimed, quotient] = [decompress(commitment), decompress(proof)];
  if (claimed === undefined || quotient === undefined) return false;
  const left = claimed
    .subtract(g1.Point.BASE.multiplyUnsafe(bigIntOf(y)))
    .add(quotient.multiplyUnsafe(bigIntOf(z)));
  const pairs = [
    { g1: left, g2: g2.Point.BASE },
    { g1: quotient.negate(), g2: setup() },
  ].filter((pair) => !pair.g1.is0());
  return fields.Fp12.eql(pairingBatch(pairs), fields.Fp12.ONE);
}

/** A point of the subgroup. */
function decompress(bytes: Uint8Array): G1 | undefined {
  try {
    const point = g1.Point.fromBytes(bytes);
    return isInSubgroup(point) ? point : undefined;
  } catch {
    return undefined;
  }
}

let known: ReturnType<typeof g2.Point.fromBytes> | undefined;

function setup(): ReturnType<typeof g2.Point.fromBytes> {
  known ??= g2.Point.fromBytes(kzgSetupG2);
  return known;
}
