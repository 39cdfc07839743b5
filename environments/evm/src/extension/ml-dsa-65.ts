import type { HostOperation, OperationPrice } from "@bedplate/environment";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";

/** Length of a public key (FIPS 204, table 2). */
const keyBytes = 1_952;

/** Length of a signature (FIPS 204, table 2). */
const signatureBytes = 3_309;

/**
 * Checks a post-quantum signature: key, signature and message in a row to 32 bytes, the last of which
 * is 1 where it holds. The context string is empty. An input without whole key and signature is refused.
 */
export const mlDsa65: HostOperation = {
  name: "ml_dsa_65",
  version: 1,
  run(input) {
    if (input.length < keyBytes + signatureBytes) return undefined;
    const key = input.subarray(0, keyBytes);
    const signature = input.subarray(keyBytes, keyBytes + signatureBytes);
    const output = new Uint8Array(32);
    output[31] = holds(key, { signature, message: input.subarray(keyBytes + signatureBytes) })
      ? 1
      : 0;
    return output;
  },
};

/** One check takes 3 to 5 ms; a unit of gas stands for about 10 ns, as in the dearest precompiles. */
export const mlDsa65Gas: OperationPrice = { base: 500_000, perByte: 1 };

interface Signed {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

/** Bytes that are no key or no signature make it false. */
function holds(key: Uint8Array, { signature, message }: Signed): boolean {
  try {
    return ml_dsa65.verify(signature, message, key);
  } catch {
    return false;
  }
}
