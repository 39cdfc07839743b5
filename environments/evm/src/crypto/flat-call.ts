import { paddedSlice } from "./big-endian.ts";
import type { Crypto, CryptoOperation } from "./crypto.ts";

/**
 * Calls an operation with all its parts in one row of bytes, and answers hexadecimal digits, `true`,
 * `false` or `invalid`: what providers are compared by. `recoverKey` takes hash, r, s and a byte of
 * parity; `modexp` equal thirds; `verifyKzgProof` commitment, z, y and proof.
 */
export function flatCall(
  crypto: Crypto,
  { operation, input }: { readonly operation: CryptoOperation; readonly input: Uint8Array },
): string {
  const result = callFlat(crypto, operation, input);
  if (result === undefined) return "invalid";
  return typeof result === "boolean" ? String(result) : Buffer.from(result).toString("hex");
}

function callFlat(
  crypto: Crypto,
  operation: CryptoOperation,
  input: Uint8Array,
): Uint8Array | boolean | undefined {
  const part = (at: number, length: number) => paddedSlice(input, { at, length });
  switch (operation) {
    case "recoverKey": {
      const signature = {
        r: part(32, 32),
        s: part(64, 32),
        yParity: input[96] === 1 ? 1 : 0,
      } as const;
      return crypto.recoverKey(part(0, 32), signature);
    }
    case "modexp": {
      const third = Math.floor(input.length / 3);
      const [base, exponent, modulus] = [
        part(0, third),
        part(third, third),
        part(2 * third, third),
      ];
      return crypto.modexp({ base, exponent, modulus });
    }
    case "verifyKzgProof": {
      const [commitment, z, y, proof] = [part(0, 48), part(48, 32), part(80, 32), part(112, 48)];
      return crypto.verifyKzgProof({ commitment, z, y, proof });
    }
    default:
      return crypto[operation](input);
  }
}
