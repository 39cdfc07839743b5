import type { BlsCurvePair } from "@noble/curves/abstract/bls.js";
import type { IField } from "@noble/curves/abstract/modular.js";
import type { Fp2 } from "@noble/curves/abstract/tower.js";
import type { WeierstrassPoint } from "@noble/curves/abstract/weierstrass.js";
import { bigIntOf, bytesOf } from "../big-endian.ts";

export type G1 = WeierstrassPoint<bigint>;
export type G2 = WeierstrassPoint<Fp2>;

export interface PairingEncoding {
  readonly curve: BlsCurvePair;
  /** Bytes of an element of the base field. */
  readonly fieldBytes: number;
  /** Whether the imaginary part of an element of the extension field comes first. */
  readonly isImaginaryFirst: boolean;
}

/** Reads and writes points of a pairing-friendly curve; `undefined` for what is not on the curve. */
export class PairingCodec {
  readonly curve: BlsCurvePair;
  readonly fieldBytes: number;
  readonly #isImaginaryFirst: boolean;

  constructor({ curve, fieldBytes, isImaginaryFirst }: PairingEncoding) {
    this.curve = curve;
    this.fieldBytes = fieldBytes;
    this.#isImaginaryFirst = isImaginaryFirst;
  }

  readG1(bytes: Uint8Array): G1 | undefined {
    const [x, y] = this.#elements(bytes);
    const { Point } = this.curve.G1;
    if (x === undefined || y === undefined) return undefined;
    if (x === 0n && y === 0n) return Point.ZERO;
    const isPoint = isOnCurve(this.curve.fields.Fp, { x, y, b: Point.CURVE().b });
    return isPoint ? new Point(x, y, 1n) : undefined;
  }

  readG2(bytes: Uint8Array): G2 | undefined {
    const half = 2 * this.fieldBytes;
    const x = this.readExtension(bytes.subarray(0, half));
    const y = this.readExtension(bytes.subarray(half));
    if (x === undefined || y === undefined) return undefined;
    const { Fp2 } = this.curve.fields;
    const { Point } = this.curve.G2;
    if (Fp2.is0(x) && Fp2.is0(y)) return Point.ZERO;
    const isPoint = isOnCurve(Fp2, { x, y, b: Point.CURVE().b });
    return isPoint ? new Point(x, y, Fp2.ONE) : undefined;
  }

  readField(bytes: Uint8Array): bigint | undefined {
    const value = bigIntOf(bytes);
    return this.curve.fields.Fp.isValid(value) ? value : undefined;
  }

  readExtension(bytes: Uint8Array): Fp2 | undefined {
    const [first, second] = this.#elements(bytes);
    if (first === undefined || second === undefined) return undefined;
    const [c0, c1] = this.#isImaginaryFirst ? [second, first] : [first, second];
    return { c0, c1 };
  }

  writeG1(point: G1): Uint8Array {
    const bytes = new Uint8Array(2 * this.fieldBytes);
    if (point.is0()) return bytes;
    const { x, y } = point.toAffine();
    bytes.set(bytesOf(x, this.fieldBytes));
    bytes.set(bytesOf(y, this.fieldBytes), this.fieldBytes);
    return bytes;
  }

  writeG2(point: G2): Uint8Array {
    const bytes = new Uint8Array(4 * this.fieldBytes);
    if (point.is0()) return bytes;
    const { x, y } = point.toAffine();
    const parts = [x, y].flatMap(({ c0, c1 }) => (this.#isImaginaryFirst ? [c1, c0] : [c0, c1]));
    for (const [at, part] of parts.entries()) {
      bytes.set(bytesOf(part, this.fieldBytes), at * this.fieldBytes);
    }
    return bytes;
  }

  #elements(bytes: Uint8Array): readonly (bigint | undefined)[] {
    const { fieldBytes } = this;
    return [bytes.subarray(0, fieldBytes), bytes.subarray(fieldBytes, 2 * fieldBytes)].map((each) =>
      this.readField(each),
    );
  }
}

/** Whether the point is a multiple of the generator; the curve remembers a yes. */
export function isInSubgroup<F>(point: WeierstrassPoint<F>): boolean {
  if (point.is0()) return true;
  try {
    point.assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** y² = x³ + b */
function isOnCurve<F>(
  field: IField<F>,
  { x, y, b }: Readonly<Record<"x" | "y" | "b", F>>,
): boolean {
  return field.eql(field.sqr(y), field.add(field.mul(field.sqr(x), x), b));
}
