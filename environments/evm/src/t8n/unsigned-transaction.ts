import { bytesOf, JsonFields, MalformedField } from "../statetest/json-fields.ts";
import { noBytes } from "../transition/bytes.ts";
import type { UnsignedTransaction } from "../transition/encode-transaction.ts";
import type { AccessListEntry, Authorization, TransactionType } from "../transition/transaction.ts";

/** A transaction of the tool's JSON, before its signature. */
export function unsignedTransaction(fields: JsonFields, chainId: bigint): UnsignedTransaction {
  const type = typeOf(fields);
  const price = fields.numberOr("gasPrice", 0n);
  return {
    type,
    chainId: type === 0 ? legacyChainId(fields, chainId) : fields.numberOr("chainId", chainId),
    nonce: fields.number("nonce", 64),
    gasLimit: fields.number(fields.has("gas") ? "gas" : "gasLimit", 64),
    to: fields.has("to") && fields.raw("to") !== "" ? fields.address("to") : undefined,
    value: fields.numberOr("value", 0n),
    data: dataOf(fields),
    maxFeePerGas: type < 2 ? price : fields.number("maxFeePerGas"),
    maxPriorityFeePerGas: type < 2 ? price : fields.number("maxPriorityFeePerGas"),
    accessList: fields.has("accessList") ? fields.list("accessList").map(readEntry) : [],
    maxFeePerBlobGas: fields.numberOr("maxFeePerBlobGas", 0n),
    blobHashes: fields.has("blobVersionedHashes")
      ? fields.list("blobVersionedHashes").map(checkedBytes)
      : [],
    authorizations: fields.has("authorizationList")
      ? fields.list("authorizationList").map(readAuthorization)
      : [],
  };
}

function typeOf(fields: JsonFields): TransactionType {
  if (fields.has("type")) return Number(fields.number("type", 2 + 1)) as TransactionType;
  if (fields.has("authorizationList")) return 4;
  if (fields.has("blobVersionedHashes")) return 3;
  if (fields.has("maxFeePerGas")) return 2;
  return fields.has("accessList") ? 1 : 0;
}

/** `protected: false` asks for a signature without chain id, and so does a `v` of 27 or 28. */
function legacyChainId(fields: JsonFields, chainId: bigint): bigint | undefined {
  const v = fields.numberOr("v", 0n);
  if (v === 27n || v === 28n) return undefined;
  if (v >= 35n) return (v - 35n) / 2n;
  return fields.raw("protected") === false ? undefined : chainId;
}

function dataOf(fields: JsonFields): Uint8Array {
  if (fields.has("input")) return fields.bytes("input");
  return fields.has("data") ? fields.bytes("data") : noBytes;
}

function readEntry(value: unknown): AccessListEntry {
  const entry = new JsonFields(value, "txs.accessList");
  const keys = entry.has("storageKeys") ? entry.list("storageKeys") : [];
  return { address: entry.address("address"), slots: keys.map(checkedBytes) };
}

function checkedBytes(value: unknown): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes?.length === 32) return bytes;
  throw new MalformedField("a hash or key of a transaction does not have 32 bytes");
}

function readAuthorization(value: unknown): Authorization {
  const entry = new JsonFields(value, "txs.authorizationList");
  return {
    chainId: entry.number("chainId"),
    address: entry.address("address"),
    nonce: entry.number("nonce", 64),
    yParity: entry.number(entry.has("yParity") ? "yParity" : "v", 8),
    r: entry.number("r"),
    s: entry.number("s"),
  };
}
