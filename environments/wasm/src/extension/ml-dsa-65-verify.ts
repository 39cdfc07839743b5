import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { HostFunction } from "./host-function.ts";

/** Length of an ML-DSA-65 public key (FIPS 204, table 2). */
const keyBytes = 1_952;

/** Length of an ML-DSA-65 signature (FIPS 204, table 2). */
const signatureBytes = 3_309;

/** A `SubjectPublicKeyInfo` up to the key itself, for the algorithm 2.16.840.1.101.3.4.3.18. */
const spkiHead: Buffer = Buffer.from("308207b2300b0609608648016503040312038207a100", "hex");

/**
 * Checks a post-quantum signature: `(key, message, message length, signature) -> 1 or 0`. The key
 * is the raw public key, the signature the raw one, the context string is empty.
 */
export const mlDsa65Verify: HostFunction = {
  name: "ml_dsa_65_verify",
  version: 1,
  params: ["i32", "i32", "i32", "i32"],
  result: "i32",
  // One check takes about 0.4 ms, which is 4 000 000 units; hashing the message comes on top.
  price: ([, , length = 0]) => 5_000_000 + 8 * (Number(length) >>> 0),
  run: ([keyAt = 0, messageAt = 0, length = 0, signatureAt = 0], memory) => {
    const key = memory.read(Number(keyAt), keyBytes);
    const message = memory.read(Number(messageAt), Number(length));
    const signature = memory.read(Number(signatureAt), signatureBytes);
    const publicKey = importKey(key);
    return publicKey !== undefined && verify(null, message, publicKey, signature) ? 1 : 0;
  },
};

/** Undefined for bytes that are no key: such a signature does not hold. */
function importKey(key: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([spkiHead, key]), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
