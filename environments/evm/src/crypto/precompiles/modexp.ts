import { bigIntOf, paddedSlice } from "../big-endian.ts";
import type { Precompile, PrecompileMeans, PrecompileRules } from "./precompile.ts";

/** Exponentiation with a modulus: three lengths of 32 bytes, then base, exponent and modulus (EIP-198). */
export const modexpPrecompile: Precompile = {
  name: "modexp",
  address: 0x05,
  since: "byzantium",
  gas(input, { modexpPricing, modexpLengthMax }) {
    const lengths = lengthsOf(input);
    if (isTooLong(lengths, modexpLengthMax)) return 0n;
    return pricings[modexpPricing](lengths, exponentHead(input, lengths));
  },
  run,
};

/** Longest operand that is built; before EIP-7823 gas alone bounds it, and one byte more costs 10¹² gas. */
const operandBytesMax: number = 16 * 1024 * 1024;

interface Lengths {
  readonly base: bigint;
  readonly exponent: bigint;
  readonly modulus: bigint;
}

function lengthsOf(input: Uint8Array): Lengths {
  const [base = 0n, exponent = 0n, modulus = 0n] = [0, 32, 64].map((at) =>
    bigIntOf(paddedSlice(input, { at, length: 32 })),
  );
  return { base, exponent, modulus };
}

function isTooLong(lengths: Lengths, max: PrecompileRules["modexpLengthMax"]): boolean {
  return max !== undefined && Object.values(lengths).some((each) => each > max);
}

/** What the exponent's first 32 bytes spell, or all of a shorter one. */
function exponentHead(input: Uint8Array, { base, exponent }: Lengths): bigint {
  // An input cannot be that long: there is nothing but zeros.
  if (base > input.length) return 0n;
  const length = exponent < 32n ? Number(exponent) : 32;
  return bigIntOf(paddedSlice(input, { at: 96 + Number(base), length }));
}

function run(input: Uint8Array, means: PrecompileMeans): Uint8Array | undefined {
  const lengths = lengthsOf(input);
  if (isTooLong(lengths, means.rules.modexpLengthMax)) return undefined;
  // With these two empty the price is the smallest, whatever the length of the exponent.
  if (lengths.modulus === 0n) return new Uint8Array();
  if (isTooLong(lengths, operandBytesMax)) return undefined;
  const [base, exponent, modulus] = [lengths.base, lengths.exponent, lengths.modulus].map(Number);
  if (base === undefined || exponent === undefined || modulus === undefined) return undefined;
  const power = {
    base: paddedSlice(input, { at: 96, length: base }),
    exponent: paddedSlice(input, { at: 96 + base, length: exponent }),
    modulus: paddedSlice(input, { at: 96 + base + exponent, length: modulus }),
  };
  return means.crypto.modexp(power, means.checkpoint);
}

type Pricing = (lengths: Lengths, head: bigint) => bigint;

const pricings: Readonly<Record<PrecompileRules["modexpPricing"], Pricing>> = {
  eip198(lengths, head) {
    const iterations = iterationCount(lengths, { head, perByte: 8n });
    return (squareCost(longest(lengths)) * iterations) / 20n;
  },
  eip2565(lengths, head) {
    const words = (longest(lengths) + 7n) / 8n;
    const gas = (words * words * iterationCount(lengths, { head, perByte: 8n })) / 3n;
    return gas < 200n ? 200n : gas;
  },
  eip7883(lengths, head) {
    const length = longest(lengths);
    const words = (length + 7n) / 8n;
    const complexity = length <= 32n ? 16n : 2n * words * words;
    const gas = complexity * iterationCount(lengths, { head, perByte: 16n });
    return gas < 500n ? 500n : gas;
  },
};

function longest({ base, modulus }: Lengths): bigint {
  return base > modulus ? base : modulus;
}

/** Roughly how many squarings there are: the bits of the exponent after its first one. */
function iterationCount(
  { exponent }: Lengths,
  { head, perByte }: { readonly head: bigint; readonly perByte: bigint },
): bigint {
  const headBits = head === 0n ? 0n : BigInt(head.toString(2).length - 1);
  const bits = exponent <= 32n ? headBits : perByte * (exponent - 32n) + headBits;
  return bits > 1n ? bits : 1n;
}

/** Cost of squaring a number of so many bytes in EIP-198. */
function squareCost(length: bigint): bigint {
  if (length <= 64n) return length * length;
  if (length <= 1024n) return (length * length) / 4n + 96n * length - 3_072n;
  return (length * length) / 16n + 480n * length - 199_680n;
}
