import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import fc from "fast-check";

/** Hexadecimal digits of inputs, right and wrong ones, of one curve. */
export interface PointPool {
  readonly g1: readonly string[];
  readonly g2: readonly string[];
}

type Fp2 = typeof bls12_381.fields.Fp2.ONE;

interface Curve {
  readonly curve: typeof bls12_381 | typeof bn254;
  readonly fieldBytes: number;
  readonly isImaginaryFirst: boolean;
}

export const bls12Points: PointPool = poolOf({
  curve: bls12_381,
  fieldBytes: 64,
  isImaginaryFirst: false,
});

export const bn254Points: PointPool = poolOf({
  curve: bn254,
  fieldBytes: 32,
  isImaginaryFirst: true,
});

/** Scalars about the order of a group, and any others. */
export function scalars(order: bigint): fc.Arbitrary<string> {
  const edges = [0n, 1n, 2n, order - 1n, order, order + 1n, 2n ** 256n - 1n];
  const any = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
  return fc.oneof(fc.constantFrom(...edges), any).map((value) => word(value, 32));
}

export function word(value: bigint, length: number): string {
  return value.toString(16).padStart(2 * length, "0");
}

/** Multiples of the generators, infinity, points outside the subgroup, off the curve, and out of the field. */
function poolOf({ curve, fieldBytes, isImaginaryFirst }: Curve): PointPool {
  const { Fp, Fp2 } = curve.fields;
  const [base1, base2] = [curve.G1.Point, curve.G2.Point];
  const writeG1 = (x: bigint, y: bigint) => word(x, fieldBytes) + word(y, fieldBytes);
  const part = ({ c0, c1 }: Fp2) => {
    const [first, second] = isImaginaryFirst ? [c1, c0] : [c0, c1];
    return word(first, fieldBytes) + word(second, fieldBytes);
  };
  const multiples = [1n, 2n, 3n, 77n];
  const g1 = multiples.map((k) => base1.BASE.multiply(k).toAffine());
  const g2 = multiples.map((k) => base2.BASE.multiply(k).toAffine());
  const [first1, first2] = [base1.BASE.toAffine(), base2.BASE.toAffine()];
  const stray1 = strayOf(1n, (x) => [x, Fp.sqrt(Fp.add(Fp.pow(x, 3n), base1.CURVE().b))] as const);
  const stray2 = strayOf(1n, (c0) => {
    const x = { c0, c1: 1n };
    return [x, Fp2.sqrt(Fp2.add(Fp2.pow(x, 3n), base2.CURVE().b))] as const;
  });
  return {
    g1: [
      ...g1.map(({ x, y }) => writeG1(x, y)),
      ...g1.map(({ x, y }) => writeG1(x, Fp.neg(y))),
      writeG1(0n, 0n),
      writeG1(stray1[0], stray1[1]),
      writeG1(first1.x, first1.x),
      writeG1(0n, first1.y),
      writeG1(Fp.ORDER, first1.y),
      writeG1(first1.x, first1.y + Fp.ORDER),
      writeG1(0n, Fp.ORDER),
      "ff".repeat(2 * fieldBytes),
    ],
    g2: [
      ...g2.map(({ x, y }) => part(x) + part(y)),
      ...g2.map(({ x, y }) => part(x) + part(Fp2.neg(y))),
      part(Fp2.ZERO) + part(Fp2.ZERO),
      part(stray2[0]) + part(stray2[1]),
      part(first2.x) + part(first2.x),
      part({ c0: first2.x.c0, c1: Fp.ORDER }) + part(first2.y),
      part(first2.x) + part({ c0: first2.y.c0 + Fp.ORDER, c1: first2.y.c1 }),
      "ff".repeat(4 * fieldBytes),
    ],
  };
}

/** The first point on the curve from some coordinate on: as good as never in the subgroup, if there is one. */
function strayOf<T>(from: bigint, find: (x: bigint) => T): T {
  for (let x = from; ; x++) {
    try {
      return find(x);
    } catch {
      // Not every number is the coordinate of a point.
    }
  }
}
