import type { WeierstrassPoint } from "@noble/curves/abstract/weierstrass.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bigIntOf } from "../big-endian.ts";
import type { Checkpoint, Crypto } from "../crypto.ts";
import { pairingCheck } from "./pairing-check.ts";
import { type G1, type G2, isInSubgroup, PairingCodec } from "./pairing-codec.ts";

const codec = new PairingCodec({ curve: bls12_381, fieldBytes: 64, isImaginaryFirst: false });
const order = bls12_381.fields.Fr.ORDER;

// The library types these as the inner map of its hashing suite; they clear the cofactor and answer points.
const mapToG1 = bls12_381.G1.mapToCurve as unknown as (element: bigint) => G1;
const mapToG2 = bls12_381.G2.mapToCurve as unknown as (element: readonly [bigint, bigint]) => G2;

type Bls12Operation = Extract<keyof Crypto, `bls12${string}`>;

export const portableBls12: Pick<Crypto, Bls12Operation> = {
  bls12G1Add(input) {
    const sum = addPoints(input, (bytes) => codec.readG1(bytes));
    return sum && codec.writeG1(sum);
  },
  bls12G1MultiScalar(input, checkpoint) {
    const read = (bytes: Uint8Array) => codec.readG1(bytes);
    const sum = multiScalar({
      input,
      read,
      pairBytes: 160,
      zero: bls12_381.G1.Point.ZERO,
      checkpoint,
    });
    return sum && codec.writeG1(sum);
  },
  bls12G2Add(input) {
    const sum = addPoints(input, (bytes) => codec.readG2(bytes));
    return sum && codec.writeG2(sum);
  },
  bls12G2MultiScalar(input, checkpoint) {
    const read = (bytes: Uint8Array) => codec.readG2(bytes);
    const sum = multiScalar({
      input,
      read,
      pairBytes: 288,
      zero: bls12_381.G2.Point.ZERO,
      checkpoint,
    });
    return sum && codec.writeG2(sum);
  },
  bls12PairingCheck: (input, checkpoint) => pairingCheck(codec, { input, checkpoint }),
  bls12MapToG1(input) {
    const element = codec.readField(input);
    if (element === undefined) return undefined;
    return codec.writeG1(mapToG1(element));
  },
  bls12MapToG2(input) {
    const element = codec.readExtension(input);
    if (element === undefined) return undefined;
    return codec.writeG2(mapToG2([element.c0, element.c1]));
  },
};

type Read<F> = (bytes: Uint8Array) => WeierstrassPoint<F> | undefined;

function addPoints<F>(input: Uint8Array, read: Read<F>): WeierstrassPoint<F> | undefined {
  const [a, b] = [
    read(input.subarray(0, input.length / 2)),
    read(input.subarray(input.length / 2)),
  ];
  return a && b && a.add(b);
}

interface MultiScalar<F> {
  readonly input: Uint8Array;
  readonly read: Read<F>;
  /** Bytes of a point and its scalar. */
  readonly pairBytes: number;
  readonly zero: WeierstrassPoint<F>;
  readonly checkpoint: Checkpoint | undefined;
}

function multiScalar<F>(request: MultiScalar<F>): WeierstrassPoint<F> | undefined {
  const { input, read, pairBytes, zero, checkpoint } = request;
  let sum = zero;
  for (let at = 0; at < input.length; at += pairBytes) {
    checkpoint?.();
    const point = read(input.subarray(at, at + pairBytes - 32));
    if (point === undefined || !isInSubgroup(point)) return undefined;
    const scalar = bigIntOf(input.subarray(at + pairBytes - 32, at + pairBytes)) % order;
    sum = sum.add(point.multiplyUnsafe(scalar));
  }
  return sum;
}
