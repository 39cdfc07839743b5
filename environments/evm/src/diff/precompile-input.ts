import { hash } from "node:crypto";
import type { Dice } from "./dice.ts";
import { interestingWord } from "./interesting.ts";
import {
  bls12Points,
  bn254Points,
  type KnownPoints,
  p256Signatures,
  secp256k1Signatures,
  word,
} from "./known-points.ts";

export interface PrecompileInput {
  readonly address: bigint;
  readonly input: Uint8Array;
}

/** What is computed, by how often: what is slow comes less often. */
const operations = {
  recovery: 4,
  hash: 6,
  power: 8,
  bn254: 6,
  bn254Pairing: 2,
  blake2: 5,
  kzg: 1,
  bls12Add: 4,
  bls12Sum: 2,
  bls12Pairing: 1,
  bls12Map: 1,
  p256: 3,
} as const;

/** A precompile and what it may be given: right, with a bit turned, cut, or drawn out. */
export function precompileInput(dice: Dice): PrecompileInput {
  const { address, digits } = makers[dice.weighted(operations)](dice);
  const input = Uint8Array.from(Buffer.from(digits, "hex"));
  return { address: BigInt(address), input: disturbed(dice, input) };
}

function disturbed(dice: Dice, input: Uint8Array): Uint8Array {
  switch (dice.weighted({ right: 14, bit: 2, cut: 2, longer: 2 })) {
    case "bit": {
      const at = dice.below(Math.max(1, input.length));
      return input.map((byte, index) => (index === at ? byte ^ (1 << dice.below(8)) : byte));
    }
    case "cut":
      return input.subarray(0, dice.below(input.length + 1));
    case "longer":
      return Uint8Array.of(...input, ...dice.bytes(1 + dice.below(64)));
    default:
      return input;
  }
}

interface Made {
  readonly address: number;
  readonly digits: string;
}

const makers: Readonly<Record<keyof typeof operations, (dice: Dice) => Made>> = {
  recovery: (dice) => ({ address: 1, digits: recovery(dice) }),
  hash: (dice) => ({ address: dice.pick([2, 3, 4]), digits: random(dice, dice.below(300)) }),
  power: (dice) => ({ address: 5, digits: power(dice) }),
  bn254(dice) {
    const { g1, valid } = bn254Points();
    if (dice.percent(50)) {
      return { address: 6, digits: point(dice, g1, valid) + point(dice, g1, valid) };
    }
    return { address: 7, digits: point(dice, g1, valid) + word(interestingWord(dice), 32) };
  },
  bn254Pairing: (dice) => ({ address: 8, digits: pairs(dice, bn254Points()) }),
  blake2: (dice) => ({ address: 9, digits: blake2(dice) }),
  kzg: (dice) => ({ address: 10, digits: evaluation(dice) }),
  bls12Add(dice) {
    const { g1, g2, valid } = bls12Points();
    const isFirst = dice.percent(60);
    const points = isFirst ? g1 : g2;
    const digits = point(dice, points, valid) + point(dice, points, valid);
    return { address: isFirst ? 11 : 13, digits };
  },
  bls12Sum(dice) {
    const { g1, g2, valid } = bls12Points();
    const isFirst = dice.percent(60);
    const row = () => point(dice, isFirst ? g1 : g2, valid) + word(interestingWord(dice), 32);
    const digits = Array.from({ length: 1 + dice.below(4) }, row).join("");
    return { address: isFirst ? 12 : 14, digits };
  },
  bls12Pairing: (dice) => ({ address: 15, digits: pairs(dice, bls12Points()) }),
  bls12Map(dice) {
    const field = () => "00".repeat(16) + random(dice, 48).replace(/^../, "0a");
    return dice.percent(60)
      ? { address: 16, digits: field() }
      : { address: 17, digits: field() + field() };
  },
  p256: (dice) => ({ address: 256, digits: dice.pick(p256Signatures()) }),
};

function random(dice: Dice, length: number): string {
  return Buffer.from(dice.bytes(length)).toString("hex");
}

/** A valid point as a rule: a row with many others would never be one. */
function point(dice: Dice, points: readonly string[], valid: number): string {
  return dice.percent(94) ? (points[dice.below(valid)] ?? "") : dice.pick(points);
}

/** Points that are paired; often twice with one of them negated, so that the product is one. */
function pairs(dice: Dice, { g1, g2, valid }: KnownPoints): string {
  let digits = "";
  for (let count = dice.below(3); count > 0; count--) {
    const at = dice.below(valid);
    const other = point(dice, g2, valid);
    digits += (g1[at] ?? "") + other;
    if (at < valid - 1 && dice.percent(60)) digits += (g1[at ^ 1] ?? "") + other;
  }
  return digits;
}

/** A signature with its sign as it is, or with words of it that are on the edge. */
function recovery(dice: Dice): string {
  const right = dice.pick(secp256k1Signatures());
  if (dice.percent(50)) return right;
  const words = Array.from({ length: 4 }, (_, at) => right.slice(64 * at, 64 * at + 64));
  const at = dice.below(4);
  words[at] = word(at === 1 ? dice.pick([0n, 1n, 26n, 27n, 28n, 29n]) : interestingWord(dice), 32);
  return words.join("");
}

/** Lengths of base, exponent and modulus, and as many bytes as they say. */
function power(dice: Dice): string {
  const length = () =>
    dice.percent(90) ? dice.pick([0, 1, 1, 2, 7, 8, 9, 31, 32, 33, 40, 64, 65]) : dice.below(200);
  const lengths = [length(), length(), length()];
  const heads = lengths.map((each, at) =>
    at < 3 && dice.percent(97) ? word(BigInt(each), 32) : word(interestingWord(dice), 32),
  );
  const numbers = lengths.map((each) =>
    dice.percent(80)
      ? random(dice, each)
      : "00".repeat(Math.max(0, each - 1)) + (each > 0 ? "02" : ""),
  );
  return heads.join("") + numbers.join("");
}

/** Rounds, state, message, offsets and the flag of the last block. */
function blake2(dice: Dice): string {
  const rounds = dice.percent(70) ? dice.below(40) : dice.below(2_000);
  const flag = dice.pick(["00", "01", "01", "01", "02"]);
  return word(BigInt(rounds), 4) + random(dice, 64 + 128 + 16) + flag;
}

/** A polynomial that is nothing anywhere: its commitment and its proof are both infinity. */
function evaluation(dice: Dice): string {
  const infinity = `c0${"00".repeat(47)}`;
  const versioned = `01${hash("sha256", Buffer.from(infinity, "hex"), "hex").slice(2)}`;
  const value = dice.percent(80) ? 0n : 1n;
  return versioned + word(BigInt(dice.below(9)), 32) + word(value, 32) + infinity + infinity;
}
