import { hash } from "node:crypto";
import fc from "fast-check";
import type { CryptoOperation } from "../../src/crypto/index.ts";
import { type FlatInputs, flatInputs } from "./flat-inputs.ts";
import { word } from "./point-pool.ts";

const operations: Readonly<Record<number, CryptoOperation>> = {
  2: "sha256",
  3: "ripemd160",
  4: "sha256",
  6: "bn254Add",
  7: "bn254Multiply",
  8: "bn254PairingCheck",
  9: "blake2f",
  11: "bls12G1Add",
  12: "bls12G1MultiScalar",
  13: "bls12G2Add",
  14: "bls12G2MultiScalar",
  15: "bls12PairingCheck",
  16: "bls12MapToG1",
  17: "bls12MapToG2",
  256: "verifyP256",
};

/** Inputs of a precompile as hexadecimal digits: those of its operation, and some cut or drawn out. */
export function precompileInputs(address: number): FlatInputs {
  const { inputs, count } = wholeInputs(address);
  const cut = fc
    .tuple(inputs, fc.nat(300))
    .map(([digits, length]) => (digits + "00".repeat(40)).slice(0, 2 * length));
  return {
    inputs: fc.oneof({ weight: 4, arbitrary: inputs }, { weight: 1, arbitrary: cut }),
    count: Math.ceil(count / 6),
  };
}

function wholeInputs(address: number): FlatInputs {
  if (address === 0x01) return recoveries;
  if (address === 0x05) return powers;
  if (address === 0x0a) return evaluations;
  const operation = operations[address];
  if (operation === undefined) throw new Error(`There are no inputs for ${address}`);
  return flatInputs[operation];
}

const recoveries: FlatInputs = {
  inputs: fc
    .tuple(flatInputs.recoverKey.inputs, fc.constantFrom(0n, 1n, 27n, 28n, 29n, 28n << 8n))
    .map(([digits, v]) => digits.slice(0, 64) + word(v, 32) + digits.slice(64, 192)),
  count: 60,
};

const lengths = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: 0n, max: 70n }) },
  { weight: 1, arbitrary: fc.constantFrom(1_024n, 1_025n, 2n ** 32n, 2n ** 255n) },
);

const powers: FlatInputs = {
  inputs: fc
    .tuple(lengths, lengths, lengths, fc.uint8Array({ maxLength: 220 }))
    .map(([base, exponent, modulus, rest]) => {
      const head = [base, exponent, modulus].map((each) => word(each, 32)).join("");
      return head + Buffer.from(rest).toString("hex");
    }),
  count: 160,
};

const evaluations: FlatInputs = {
  inputs: fc.tuple(flatInputs.verifyKzgProof.inputs, fc.boolean()).map(([digits, isRight]) => {
    const commitment = digits.slice(0, 96);
    const digest = hash("sha256", Buffer.from(commitment, "hex"), "hex");
    const versioned = `${isRight ? "01" : "02"}${digest.slice(2)}`;
    return versioned + digits.slice(96, 224) + commitment + digits.slice(224);
  }),
  count: 30,
};
