import { bytesOf, JsonFields, MalformedField } from "../statetest/json-fields.ts";
import { decodeTransaction } from "../transition/decode-transaction.ts";
import {
  encodeTransaction,
  signingBytes,
  type UnsignedTransaction,
} from "../transition/encode-transaction.ts";
import { RlpError, type RlpItem, rlpBytes, rlpDecoded, rlpEncoded } from "../transition/rlp.ts";
import type { Signature, Transaction } from "../transition/transaction.ts";
import { signed, type TransitionCrypto } from "../transition/transition-crypto.ts";
import type { TransitionRules } from "../transition/transition-rules.ts";
import { unsignedTransaction } from "./unsigned-transaction.ts";

/** One transaction of the tool's input, as it is sent. */
export interface TransactionInput {
  readonly encoded: Uint8Array;
  /** As an item of a block's list: a typed one is a byte string there. */
  readonly item: Uint8Array;
  readonly hash: Uint8Array;
  /** Decodes it and finds the sender; throws `TransactionRejected`. */
  transaction(): Transaction;
}

export interface InputRules {
  readonly rules: TransitionRules;
  readonly crypto: TransitionCrypto;
  readonly chainId: bigint;
}

/** Transactions as a JSON list, or as the RLP of a list in hexadecimal. */
export function readTransactions(value: unknown, input: InputRules): readonly TransactionInput[] {
  if (typeof value === "string") return readRlp(value, input);
  if (!Array.isArray(value)) throw new MalformedField("txs is neither a list nor RLP");
  return value.map((one, index) => {
    const fields = new JsonFields(one, `txs[${index}]`);
    const transaction = unsignedTransaction(fields, input.chainId);
    return inputOf(
      encodeTransaction(transaction, signatureOf(fields, { transaction, input })),
      input,
    );
  });
}

function readRlp(text: string, input: InputRules): readonly TransactionInput[] {
  const bytes = bytesOf(text.trim());
  if (bytes === undefined) throw new MalformedField("txs is not hexadecimal");
  const items = bytes.length === 0 ? [] : decodedList(bytes);
  if (items instanceof Uint8Array) throw new MalformedField("txs is not the RLP of a list");
  return items.map((item: RlpItem) =>
    inputOf(item instanceof Uint8Array ? item : rlpEncoded(item), input),
  );
}

function decodedList(bytes: Uint8Array): RlpItem {
  try {
    return rlpDecoded(bytes);
  } catch (cause) {
    if (!(cause instanceof RlpError)) throw cause;
    throw new MalformedField(`txs is not the RLP of a list: ${cause.message}`, { cause });
  }
}

function inputOf(encoded: Uint8Array, { rules, crypto }: InputRules): TransactionInput {
  const isTyped = (encoded[0] ?? 0) < 0xc0;
  return {
    encoded,
    item: isTyped ? rlpBytes(encoded) : encoded,
    hash: crypto.keccak256(encoded),
    transaction: () => decodeTransaction(encoded, { rules, crypto }).transaction,
  };
}

function signatureOf(
  fields: JsonFields,
  { transaction, input }: { transaction: UnsignedTransaction; input: InputRules },
): Signature {
  const [v, r, s] = ["v", "r", "s"].map((name) => fields.numberOr(name, 0n)) as [
    bigint,
    bigint,
    bigint,
  ];
  const isSigned = r !== 0n || s !== 0n;
  if (!isSigned && fields.has("secretKey")) {
    return signedBy(fields.word("secretKey"), input.crypto.keccak256(signingBytes(transaction)));
  }
  if (transaction.type !== 0) return { yParity: fields.numberOr("yParity", v), r, s };
  if (v < 27n) throw new MalformedField("the v of a legacy transaction is at least 27");
  return { yParity: v < 35n ? v - 27n : (v - 35n) % 2n, r, s };
}

/** A key is a number from 1 up to the order of the curve. */
function signedBy(secretKey: Uint8Array, hash: Uint8Array): Signature {
  try {
    return signed(hash, secretKey);
  } catch (cause) {
    throw new MalformedField("secretKey is no key of secp256k1", { cause });
  }
}
