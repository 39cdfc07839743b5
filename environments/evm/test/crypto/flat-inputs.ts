import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { type CryptoOperation, knownAnswers } from "../../src/crypto/index.ts";
import { bls12Points, bn254Points, scalars, word } from "./point-pool.ts";

/** Inputs of an operation in the form of `flatCall`, as hexadecimal digits, and how many to try. */
export interface FlatInputs {
  readonly inputs: fc.Arbitrary<string>;
  readonly count: number;
}

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((each) => Buffer.from(each).toString("hex"));

const joined = (...parts: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((each) => each.join(""));

/** A few in a row, each made of the same parts. */
const rows = (countMax: number, ...parts: readonly fc.Arbitrary<string>[]) =>
  fc.array(joined(...parts), { minLength: 1, maxLength: countMax }).map((each) => each.join(""));

const field = (order: bigint, length: number) =>
  fc
    .oneof(fc.constantFrom(0n, 1n, order - 1n, order), fc.bigInt({ min: 0n, max: order + 1n }))
    .map((value) => word(value, length));

const [bls, bn] = [bls12_381.fields, bn254.fields];
const pick = (points: readonly string[]) => fc.constantFrom(...points);
/** Mostly points that are valid: with many wrong ones a long row would always be invalid. */
const good = (points: readonly string[]) =>
  fc.oneof(
    { weight: 20, arbitrary: pick(points.slice(0, 9)) },
    { weight: 1, arbitrary: pick(points) },
  );

const rounds = fc.integer({ min: 0, max: 40 }).map((each) => word(BigInt(each), 4));
const flag = fc.constantFrom("00", "01");
const hashes = fc.oneof(bytes(32, 32), fc.constantFrom("00".repeat(32), "ff".repeat(32)));

/** Sometimes one bit of a right input is turned. */
function disturbed(input: string): fc.Arbitrary<string> {
  const whole = Buffer.from(input, "hex");
  return fc.option(fc.nat(8 * whole.length - 1)).map((bit) => {
    if (bit === null) return input;
    const copy = Buffer.from(whole);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy.toString("hex");
  });
}

const p256Signatures = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean())
  .chain(([hash, isHigh]) => {
    const secret = new Uint8Array(32).fill(7);
    const signature = p256.Signature.fromBytes(p256.sign(hash, secret, { prehash: false }));
    const order = p256.Point.Fn.ORDER;
    const s = isHigh ? order - signature.s : signature.s;
    const key = Buffer.from(p256.getPublicKey(secret, false).subarray(1)).toString("hex");
    const hashHex = Buffer.from(hash).toString("hex");
    return disturbed(hashHex + word(signature.r, 32) + word(s, 32) + key);
  });

const kzg = knownAnswers.verifyKzgProof.input;
const infinity = `c0${"00".repeat(47)}`;
const kzgEdges = [
  infinity + word(5n, 32) + word(0n, 32) + infinity,
  infinity + word(5n, 32) + word(1n, 32) + infinity,
  infinity + word(bls.Fr.ORDER, 32) + word(0n, 32) + infinity,
  infinity + word(5n, 32) + word(bls.Fr.ORDER, 32) + infinity,
  `e0${"00".repeat(47)}${word(5n, 32)}${word(0n, 32)}${infinity}`,
  `40${"00".repeat(47)}${word(5n, 32)}${word(0n, 32)}${infinity}`,
  `c0${"00".repeat(46)}01${word(5n, 32)}${word(0n, 32)}${infinity}`,
  `80${"00".repeat(47)}${word(5n, 32)}${word(0n, 32)}${infinity}`,
  `9a${"ff".repeat(47)}${word(5n, 32)}${word(0n, 32)}${infinity}`,
];

const recoverable = fc.tuple(hashes, scalars(secp256k1.Point.Fn.ORDER), flag);

export const flatInputs: Readonly<Record<CryptoOperation, FlatInputs>> = {
  keccak256: { inputs: bytes(0, 700), count: 200 },
  sha256: { inputs: bytes(0, 300), count: 100 },
  ripemd160: { inputs: bytes(0, 300), count: 100 },
  blake2f: { inputs: joined(rounds, bytes(208, 208), flag), count: 60 },
  modexp: { inputs: fc.nat(40).chain((length) => bytes(3 * length, 3 * length)), count: 60 },
  recoverKey: {
    inputs: recoverable.chain(([hash, s, parity]) =>
      scalars(secp256k1.Point.Fn.ORDER).map((r) => hash + r + s + parity),
    ),
    count: 60,
  },
  verifyP256: {
    inputs: fc.oneof(p256Signatures, bytes(160, 160), fc.constant("00".repeat(160))),
    count: 40,
  },
  bn254Add: { inputs: joined(pick(bn254Points.g1), pick(bn254Points.g1)), count: 150 },
  bn254Multiply: { inputs: joined(pick(bn254Points.g1), scalars(bn.Fr.ORDER)), count: 60 },
  bn254PairingCheck: {
    inputs: fc.oneof(
      rows(3, good(bn254Points.g1), good(bn254Points.g2)),
      disturbed(knownAnswers.bn254PairingCheck.input),
      fc.constant(knownAnswers.bn254PairingCheck.input.repeat(9)),
    ),
    count: 20,
  },
  bls12G1Add: { inputs: joined(pick(bls12Points.g1), pick(bls12Points.g1)), count: 150 },
  bls12G1MultiScalar: { inputs: rows(4, good(bls12Points.g1), scalars(bls.Fr.ORDER)), count: 25 },
  bls12G2Add: { inputs: joined(pick(bls12Points.g2), pick(bls12Points.g2)), count: 100 },
  bls12G2MultiScalar: { inputs: rows(3, good(bls12Points.g2), scalars(bls.Fr.ORDER)), count: 12 },
  bls12PairingCheck: {
    inputs: fc.oneof(
      rows(3, good(bls12Points.g1), good(bls12Points.g2)),
      disturbed(knownAnswers.bls12PairingCheck.input),
      fc.constant(knownAnswers.bls12PairingCheck.input.repeat(9)),
    ),
    count: 20,
  },
  bls12MapToG1: { inputs: field(bls.Fp.ORDER, 64), count: 25 },
  bls12MapToG2: { inputs: joined(field(bls.Fp.ORDER, 64), field(bls.Fp.ORDER, 64)), count: 12 },
  verifyKzgProof: { inputs: fc.oneof(disturbed(kzg), fc.constantFrom(...kzgEdges)), count: 40 },
};
