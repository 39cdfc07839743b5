import type { Precompile } from "./precompile.ts";

/** Gas of a hash: so much, and so much for each word of 32 bytes (Yellow Paper, appendix E). */
function perWord({ base, word }: { readonly base: number; readonly word: number }) {
  return ({ length }: Uint8Array) => BigInt(base + word * Math.ceil(length / 32));
}

export const hashPrecompiles: readonly Precompile[] = [
  {
    name: "sha256",
    address: 0x02,
    since: "frontier",
    gas: perWord({ base: 60, word: 12 }),
    run: (input, { crypto }) => crypto.sha256(input),
  },
  {
    name: "ripemd160",
    address: 0x03,
    since: "frontier",
    gas: perWord({ base: 600, word: 120 }),
    run(input, { crypto }) {
      const output = new Uint8Array(32);
      output.set(crypto.ripemd160(input), 12);
      return output;
    },
  },
  {
    name: "identity",
    address: 0x04,
    since: "frontier",
    gas: perWord({ base: 15, word: 3 }),
    run: (input) => new Uint8Array(input),
  },
];
