import type { Address } from "../engine.ts";
import { wordOfNumber } from "./bytes.ts";
import { TransactionRejected } from "./rejection.ts";
import type { Signature } from "./transaction.ts";
import { addressOfKey, type TransitionCrypto } from "./transition-crypto.ts";

/** Order of the group of secp256k1. */
export const groupOrder: bigint =
  0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export interface SignedHash {
  readonly hash: Uint8Array;
  readonly signature: Signature;
  /** Whether the larger of the two possible `s` is refused (EIP-2). */
  readonly needsLowS: boolean;
}

/** Who signed, or nothing where the signature is none. */
export function signer(signed: SignedHash, crypto: TransitionCrypto): Address | undefined {
  const { yParity, r, s } = signed.signature;
  const sMax = signed.needsLowS ? groupOrder / 2n : groupOrder - 1n;
  if (yParity > 1n || r === 0n || r >= groupOrder || s === 0n || s > sMax) return undefined;
  const words = { r: wordOfNumber(r), s: wordOfNumber(s) };
  const key = crypto.recoverKey(signed.hash, { ...words, yParity: yParity === 1n ? 1 : 0 });
  return key && addressOfKey(key, crypto.keccak256);
}

export function senderOf(signed: SignedHash, crypto: TransitionCrypto): Address {
  const sender = signer(signed, crypto);
  if (sender === undefined) {
    throw new TransactionRejected("INVALID_SIGNATURE_VRS", "no key can have signed this");
  }
  return sender;
}
