import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { Crypto } from "../crypto/crypto.ts";
import { rlpBytes, rlpList, rlpNumber } from "./rlp.ts";
import type { Signature } from "./transaction.ts";

/** Keccak-256; the result is the caller's own 32 bytes. */
export type Keccak256 = Crypto["keccak256"];

/** The cryptography that transactions and roots need. */
export type TransitionCrypto = Pick<Crypto, "keccak256" | "recoverKey">;

/** The address of a key of 64 bytes. */
export function addressOfKey(key: Uint8Array, keccak256: Keccak256): Uint8Array {
  return keccak256(key).subarray(12);
}

/** 64 bytes of the public key that belongs to a secret one of 32. */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  return secp256k1.getPublicKey(secretKey, false).subarray(1);
}

/** Signs a hash; `s` is the low one. */
export function signed(hash: Uint8Array, secretKey: Uint8Array): Signature {
  const bytes = secp256k1.sign(hash, secretKey, { prehash: false, format: "recovered" });
  const { r, s, recovery } = secp256k1.Signature.fromBytes(bytes, "recovered");
  return { yParity: BigInt(recovery ?? 0), r, s };
}

/** The address that a creation by this sender with this nonce gets. */
export function creationAddress(
  { sender, nonce }: { sender: Uint8Array; nonce: bigint },
  keccak256: Keccak256,
): Uint8Array {
  return keccak256(rlpList([rlpBytes(sender), rlpNumber(nonce)])).subarray(12);
}
