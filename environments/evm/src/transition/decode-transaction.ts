import { signingBytes, type UnsignedTransaction } from "./encode-transaction.ts";
import { TransactionRejected } from "./rejection.ts";
import { RlpError, type RlpItem, rlpDecoded } from "./rlp.ts";
import { senderOf } from "./sender.ts";
import type { Signature, Transaction, TransactionType } from "./transaction.ts";
import { TransactionFields } from "./transaction-fields.ts";
import type { TransitionCrypto } from "./transition-crypto.ts";
import type { TransitionRules } from "./transition-rules.ts";

export interface SignedTransaction {
  readonly transaction: Transaction;
  readonly signature: Signature;
  /** Keccak-256 of the encoded transaction. */
  readonly hash: Uint8Array;
}

/** Decodes a transaction as it is sent, and finds its sender. Throws `TransactionRejected`. */
export function decodeTransaction(
  bytes: Uint8Array,
  { rules, crypto }: { rules: TransitionRules; crypto: TransitionCrypto },
): SignedTransaction {
  const { transaction, signature } = decodedFields(bytes);
  if (transaction.type > rules.typeMax) {
    const type = transaction.type as 1 | 2 | 3 | 4;
    throw new TransactionRejected(`TYPE_${type}_TX_PRE_FORK`, "the type came with a later fork");
  }
  const hash = crypto.keccak256(signingBytes(transaction));
  const signed = { hash, signature, needsLowS: rules.needsLowS };
  const sender = senderOf(signed, crypto);
  return { transaction: { ...transaction, sender }, signature, hash: crypto.keccak256(bytes) };
}

interface Decoded {
  readonly transaction: UnsignedTransaction;
  readonly signature: Signature;
}

/** Decodes without asking who signed. */
export function decodedFields(bytes: Uint8Array): Decoded {
  const first = bytes[0];
  if (first === undefined) throw new TransactionRejected("MALFORMED", "a transaction has no bytes");
  if (first >= 0xc0) return legacy(new TransactionFields(listOf(bytes)));
  if (first < 1 || first > 4) throw new TransactionRejected("TYPE_NOT_SUPPORTED", `type ${first}`);
  const type = first as Exclude<TransactionType, 0>;
  return typed(type, new TransactionFields(listOf(bytes.subarray(1))));
}

function listOf(bytes: Uint8Array): RlpItem {
  try {
    return rlpDecoded(bytes);
  } catch (cause) {
    throw cause instanceof RlpError ? malformed(cause) : cause;
  }
}

function malformed(cause: RlpError): TransactionRejected {
  return new TransactionRejected("MALFORMED", cause.message, { cause });
}

const nothing = { accessList: [], maxFeePerBlobGas: 0n, blobHashes: [], authorizations: [] };

function legacy(fields: TransactionFields): Decoded {
  const nonce = fields.number(64, "NONCE_OVERFLOW");
  const gasPrice = fields.number(256, "GASPRICE_OVERFLOW");
  const body = payment(fields);
  const v = fields.number(256, "INVALID_SIGNATURE_VRS");
  const signature = { yParity: 0n, ...rs(fields) };
  fields.end();
  const prices = { maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice };
  const transaction = { ...nothing, type: 0 as const, nonce, ...prices, ...body };
  if (v === 27n || v === 28n) return { transaction, signature: { ...signature, yParity: v - 27n } };
  if (v < 35n) throw new TransactionRejected("INVALID_SIGNATURE_VRS", `v is ${v}`);
  const chainId = (v - 35n) / 2n;
  return {
    transaction: { ...transaction, chainId },
    signature: { ...signature, yParity: (v - 35n) % 2n },
  };
}

function typed(type: Exclude<TransactionType, 0>, fields: TransactionFields): Decoded {
  const chainId = fields.number(256, "INVALID_CHAINID");
  const nonce = fields.number(64, "NONCE_OVERFLOW");
  const first = fields.number(256, type === 1 ? "GASPRICE_OVERFLOW" : "PRIORITY_OVERFLOW");
  const maxFeePerGas = type === 1 ? first : fields.number(256, "GASPRICE_OVERFLOW");
  const body = payment(fields);
  const accessList = fields.accessList();
  const maxFeePerBlobGas = type === 3 ? fields.number(256) : 0n;
  const blobHashes = type === 3 ? fields.words() : [];
  const authorizations = type === 4 ? fields.authorizations() : [];
  const yParity = fields.number(8, "INVALID_SIGNATURE_VRS");
  const signature = { yParity, ...rs(fields) };
  fields.end();
  const prices = { maxFeePerGas, maxPriorityFeePerGas: first, maxFeePerBlobGas };
  const lists = { accessList, blobHashes, authorizations };
  return { transaction: { type, chainId, nonce, ...prices, ...body, ...lists }, signature };
}

function payment(fields: TransactionFields) {
  return {
    gasLimit: fields.number(64, "GASLIMIT_OVERFLOW"),
    to: fields.recipient(),
    value: fields.number(256, "VALUE_OVERFLOW"),
    data: fields.bytes(),
  };
}

function rs(fields: TransactionFields) {
  const code = "INVALID_SIGNATURE_VRS";
  return { r: fields.number(256, code), s: fields.number(256, code) };
}
