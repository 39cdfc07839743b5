import { concatenated, noBytes } from "./bytes.ts";
import { rlpBytes, rlpList, rlpNumber } from "./rlp.ts";
import type { AccessListEntry, Authorization, Signature, Transaction } from "./transaction.ts";

export type UnsignedTransaction = Omit<Transaction, "sender">;

/** The bytes whose keccak-256 the sender signs. */
export function signingBytes(transaction: UnsignedTransaction): Uint8Array {
  const fields = unsignedFields(transaction);
  if (transaction.type !== 0) return typed(transaction.type, fields);
  const { chainId } = transaction;
  const tail = chainId === undefined ? [] : [rlpNumber(chainId), rlpNumber(0n), rlpNumber(0n)];
  return rlpList([...fields, ...tail]);
}

/** The transaction as it is sent and hashed: an RLP list, or its type and one. */
export function encodeTransaction(
  transaction: UnsignedTransaction,
  signature: Signature,
): Uint8Array {
  const { type, chainId } = transaction;
  const { yParity, r, s } = signature;
  const v = chainId === undefined ? 27n + yParity : 35n + 2n * chainId + yParity;
  const tail = [type === 0 ? v : yParity, r, s].map(rlpNumber);
  const fields = [...unsignedFields(transaction), ...tail];
  return type === 0 ? rlpList(fields) : typed(type, fields);
}

function typed(type: number, fields: readonly Uint8Array[]): Uint8Array {
  return concatenated([Uint8Array.of(type), rlpList(fields)]);
}

/** The fields before the signature, each encoded. */
function unsignedFields(transaction: UnsignedTransaction): readonly Uint8Array[] {
  const { type, chainId = 0n, nonce, gasLimit, maxFeePerGas, to, value, data } = transaction;
  const head = [...(type === 0 ? [] : [rlpNumber(chainId)]), rlpNumber(nonce)];
  if (type >= 2) head.push(rlpNumber(transaction.maxPriorityFeePerGas));
  head.push(rlpNumber(maxFeePerGas), rlpNumber(gasLimit), rlpBytes(to ?? noBytes));
  head.push(rlpNumber(value), rlpBytes(data));
  if (type >= 1) head.push(rlpList(transaction.accessList.map(encodedEntry)));
  if (type === 3) {
    head.push(rlpNumber(transaction.maxFeePerBlobGas));
    head.push(rlpList(transaction.blobHashes.map(rlpBytes)));
  }
  if (type === 4) head.push(rlpList(transaction.authorizations.map(encodedAuthorization)));
  return head;
}

function encodedEntry({ address, slots }: AccessListEntry): Uint8Array {
  return rlpList([rlpBytes(address), rlpList(slots.map(rlpBytes))]);
}

function encodedAuthorization(authorization: Authorization): Uint8Array {
  const { chainId, address, nonce, yParity, r, s } = authorization;
  return rlpList([rlpNumber(chainId), rlpBytes(address), ...[nonce, yParity, r, s].map(rlpNumber)]);
}
