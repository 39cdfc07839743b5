import { isZero, paddedSlice } from "../big-endian.ts";
import type { Precompile, PrecompileMeans } from "./precompile.ts";

const nothing = new Uint8Array();

export const signaturePrecompiles: readonly Precompile[] = [
  {
    name: "ecrecover",
    address: 0x01,
    since: "frontier",
    gas: () => 3_000n,
    run: recoverAddress,
  },
  {
    name: "p256-verify",
    address: 0x100,
    since: "osaka",
    gas: () => 6_900n,
    run(input, { crypto }) {
      if (input.length !== 160 || !crypto.verifyP256(input)) return nothing;
      const output = new Uint8Array(32);
      output[31] = 1;
      return output;
    },
  },
];

/** Hash, v, r and s of 32 bytes each to an address; nothing where no key can have signed. */
function recoverAddress(input: Uint8Array, { crypto }: PrecompileMeans): Uint8Array {
  const padded = paddedSlice(input, { at: 0, length: 128 });
  const v = padded[63];
  if (!isZero(padded.subarray(32, 63)) || (v !== 27 && v !== 28)) return nothing;
  const [r, s] = [padded.subarray(64, 96), padded.subarray(96, 128)];
  const yParity = v === 27 ? 0 : 1;
  const key = crypto.recoverKey(padded.subarray(0, 32), { r, s, yParity });
  return key === undefined ? nothing : crypto.keccak256(key).fill(0, 0, 12);
}
