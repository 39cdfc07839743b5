import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

/** Points of a curve as precompiles read them, in hexadecimal digits: valid ones first, as many as `valid` says. */
export interface KnownPoints {
  readonly g1: readonly string[];
  readonly g2: readonly string[];
  readonly valid: number;
}

export const bls12Points: () => KnownPoints = once(() =>
  pointsOf(bls12_381, { fieldBytes: 64, isImaginaryFirst: false }),
);
export const bn254Points: () => KnownPoints = once(() =>
  pointsOf(bn254, { fieldBytes: 32, isImaginaryFirst: true }),
);

/** A few signatures: hash, r, s, and what else the precompile asks for. */
export const secp256k1Signatures: () => readonly string[] = once(() =>
  messages.map((message) => {
    const bytes = secp256k1.sign(message, secret, { prehash: false, format: "recovered" });
    const { r, s, recovery } = secp256k1.Signature.fromBytes(bytes, "recovered");
    return hexOf(message) + word(BigInt(27 + (recovery ?? 0)), 32) + word(r, 32) + word(s, 32);
  }),
);
export const p256Signatures: () => readonly string[] = once(() => {
  const key = hexOf(p256.getPublicKey(secret, false).subarray(1));
  return messages.map((message) => {
    const signature = p256.Signature.fromBytes(p256.sign(message, secret, { prehash: false }));
    return hexOf(message) + word(signature.r, 32) + word(signature.s, 32) + key;
  });
});

const secret: Uint8Array = new Uint8Array(32).fill(7);
const messages: readonly Uint8Array[] = [1, 2, 3, 4].map((each) => new Uint8Array(32).fill(each));

export function word(value: bigint, length: number): string {
  return value.toString(16).padStart(2 * length, "0");
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

interface Encoding {
  readonly fieldBytes: number;
  readonly isImaginaryFirst: boolean;
}

type Fp2 = typeof bls12_381.fields.Fp2.ONE;

/** Multiples of the generators, their negations and infinity; then some off the curve and out of the field. */
function pointsOf(
  curve: typeof bls12_381 | typeof bn254,
  { fieldBytes, isImaginaryFirst }: Encoding,
): KnownPoints {
  const { Fp, Fp2 } = curve.fields;
  const part = ({ c0, c1 }: Fp2) =>
    (isImaginaryFirst ? [c1, c0] : [c0, c1]).map((each) => word(each, fieldBytes)).join("");
  const [g1, g2] = [[] as string[], [] as string[]];
  for (const multiple of [1n, 2n, 77n]) {
    const first = curve.G1.Point.BASE.multiply(multiple).toAffine();
    const second = curve.G2.Point.BASE.multiply(multiple).toAffine();
    for (const y of [first.y, Fp.neg(first.y)])
      g1.push(word(first.x, fieldBytes) + word(y, fieldBytes));
    for (const y of [second.y, Fp2.neg(second.y)]) g2.push(part(second.x) + part(y));
  }
  g1.push("00".repeat(2 * fieldBytes));
  g2.push("00".repeat(4 * fieldBytes));
  const valid = g1.length;
  g1.push(
    word(1n, fieldBytes) + word(1n, fieldBytes),
    word(Fp.ORDER, fieldBytes) + word(0n, fieldBytes),
  );
  g2.push(part(Fp2.ONE) + part(Fp2.ONE), "ff".repeat(4 * fieldBytes));
  return { g1, g2, valid };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
