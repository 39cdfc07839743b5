import { paddedSlice } from "../big-endian.ts";
import { answerOf } from "./pairing-answer.ts";
import type { Precompile } from "./precompile.ts";

/** Bytes of a point in G1 and one in G2. */
const pairBytes = 192;

/** Addition, multiplication and pairing on bn254 (EIP-196, EIP-197; prices from EIP-1108 on). */
export const bn254Precompiles: readonly Precompile[] = [
  {
    name: "bn254-add",
    address: 0x06,
    since: "byzantium",
    gas: (_, { hasCheaperBn254 }) => (hasCheaperBn254 ? 150n : 500n),
    run: (input, { crypto }) => crypto.bn254Add(paddedSlice(input, { at: 0, length: 128 })),
  },
  {
    name: "bn254-multiply",
    address: 0x07,
    since: "byzantium",
    gas: (_, { hasCheaperBn254 }) => (hasCheaperBn254 ? 6_000n : 40_000n),
    run: (input, { crypto }) => crypto.bn254Multiply(paddedSlice(input, { at: 0, length: 96 })),
  },
  {
    name: "bn254-pairing",
    address: 0x08,
    since: "byzantium",
    gas({ length }, { hasCheaperBn254 }) {
      const pairs = BigInt(Math.floor(length / pairBytes));
      return hasCheaperBn254 ? 45_000n + 34_000n * pairs : 100_000n + 80_000n * pairs;
    },
    run(input, { crypto, checkpoint }) {
      if (input.length % pairBytes !== 0) return undefined;
      return answerOf(crypto.bn254PairingCheck(input, checkpoint));
    },
  },
];
