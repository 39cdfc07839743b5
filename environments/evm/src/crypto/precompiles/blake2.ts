import type { Precompile } from "./precompile.ts";

/** The compression function of BLAKE2b: rounds, state, message, offsets, last-block flag (EIP-152). */
export const blake2Precompile: Precompile = {
  name: "blake2f",
  address: 0x09,
  since: "istanbul",
  gas(input) {
    // A wrong length fails whatever it is asked; there is no count of rounds to charge for.
    if (input.length !== inputBytes) return 0n;
    return BigInt(new DataView(input.buffer, input.byteOffset, 4).getUint32(0));
  },
  run(input, { crypto, checkpoint }) {
    if (input.length !== inputBytes || (input[212] ?? 2) > 1) return undefined;
    return crypto.blake2f(input, checkpoint);
  },
};

const inputBytes = 213;
