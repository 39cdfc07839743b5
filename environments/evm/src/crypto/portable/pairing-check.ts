import type { Checkpoint } from "../crypto.ts";
import { type G1, type G2, isInSubgroup, type PairingCodec } from "./pairing-codec.ts";

/** Whether the product of the pairings of all pairs is one; `undefined` where a point is not valid. */
export function pairingCheck(
  codec: PairingCodec,
  {
    input,
    checkpoint,
  }: { readonly input: Uint8Array; readonly checkpoint?: Checkpoint | undefined },
): boolean | undefined {
  const pairBytes = 6 * codec.fieldBytes;
  const { Fp12 } = codec.curve.fields;
  let product = Fp12.ONE;
  for (let at = 0; at < input.length; at += pairBytes) {
    checkpoint?.();
    const pair = readPair(codec, input.subarray(at, at + pairBytes));
    if (pair === undefined) return undefined;
    if (pair.g1.is0() || pair.g2.is0()) continue;
    product = Fp12.mul(product, codec.curve.pairing(pair.g1, pair.g2, false));
  }
  return Fp12.eql(Fp12.finalExponentiate(product), Fp12.ONE);
}

interface Pair {
  readonly g1: G1;
  readonly g2: G2;
}

function readPair(codec: PairingCodec, bytes: Uint8Array): Pair | undefined {
  const split = 2 * codec.fieldBytes;
  const g1 = codec.readG1(bytes.subarray(0, split));
  const g2 = codec.readG2(bytes.subarray(split));
  if (g1 === undefined || g2 === undefined) return undefined;
  return isInSubgroup(g1) && isInSubgroup(g2) ? { g1, g2 } : undefined;
}
