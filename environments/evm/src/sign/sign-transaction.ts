import { sharedCrypto } from "../crypto/shared-crypto.ts";
import { JsonFields } from "../statetest/json-fields.ts";
import { unsignedTransaction } from "../t8n/unsigned-transaction.ts";
import { encodeTransaction, signingBytes } from "../transition/encode-transaction.ts";
import { addressOfKey, publicKeyOf, signed } from "../transition/transition-crypto.ts";

/** A transaction as it is sent, and who sent it. */
export interface SentTransaction {
  readonly bytes: Uint8Array;
  /** Keccak-256 of the bytes. */
  readonly hash: Uint8Array;
  readonly sender: Uint8Array;
}

/**
 * Signs a transaction that is given as JSON by the names that nodes use (`nonce`, `gas`, `maxFeePerGas`, ...).
 * Throws `MalformedField` for what is none.
 */
export async function signTransaction(
  json: unknown,
  { secretKey, chainId }: { readonly secretKey: Uint8Array; readonly chainId: bigint },
): Promise<SentTransaction> {
  const { keccak256 } = await sharedCrypto();
  const transaction = unsignedTransaction(new JsonFields(json, "the transaction"), chainId);
  const signature = signed(keccak256(signingBytes(transaction)), secretKey);
  const bytes = encodeTransaction(transaction, signature);
  const sender = addressOfKey(publicKeyOf(secretKey), keccak256);
  return { bytes, hash: keccak256(bytes), sender };
}
