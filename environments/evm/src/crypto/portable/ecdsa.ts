import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bigIntOf } from "../big-endian.ts";
import type { Crypto, RecoverableSignature } from "../crypto.ts";

export const portableEcdsa: Pick<Crypto, "recoverKey" | "verifyP256"> = { recoverKey, verifyP256 };

function recoverKey(hash: Uint8Array, signature: RecoverableSignature): Uint8Array | undefined {
  const [r, s] = [bigIntOf(signature.r), bigIntOf(signature.s)];
  try {
    const point = new secp256k1.Signature(r, s, signature.yParity).recoverPublicKey(hash);
    return point.toBytes(false).subarray(1);
  } catch {
    return undefined;
  }
}

function verifyP256(input: Uint8Array): boolean {
  const key = Uint8Array.of(4, ...input.subarray(96, 160));
  try {
    const options = { prehash: false, lowS: false };
    return p256.verify(input.subarray(32, 96), input.subarray(0, 32), key, options);
  } catch {
    return false;
  }
}
