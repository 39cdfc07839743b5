import { noBytes } from "../transition/bytes.ts";
import { TransactionRejected } from "../transition/rejection.ts";
import type {
  AccessListEntry,
  Authorization,
  Transaction,
  TransactionType,
} from "../transition/transaction.ts";
import { addressOfKey, type Keccak256, publicKeyOf } from "../transition/transition-crypto.ts";
import { boundedNumber, bytesOf, JsonFields, MalformedField, wordOf } from "./json-fields.ts";

/** Which of the alternatives of a state test's transaction are meant. */
export interface Indexes {
  readonly data: number;
  readonly gas: number;
  readonly value: number;
}

/** Throws `TransactionRejected` where a member is out of its range: such a test expects that. */
export function transactionOfTest(
  fields: JsonFields,
  { indexes, chainId, sender }: { indexes: Indexes; chainId: bigint; sender: Uint8Array },
): Transaction {
  const type = typeOf(fields, indexes);
  const gasPrice = word(fields.raw("gasPrice") ?? "0x0");
  const isLegacyPriced = type < 2;
  return {
    type,
    chainId: type === 0 ? undefined : chainId,
    sender,
    nonce: boundedNumber(fields.raw("nonce") ?? "0x0", { bits: 64, code: "NONCE_OVERFLOW" }),
    gasLimit: boundedNumber(fields.list("gasLimit")[indexes.gas], {
      bits: 64,
      code: "GASLIMIT_OVERFLOW",
    }),
    to: recipient(fields),
    value: boundedNumber(fields.list("value")[indexes.value], {
      bits: 256,
      code: "VALUE_OVERFLOW",
    }),
    data: dataOf(fields, indexes),
    maxFeePerGas: isLegacyPriced ? gasPrice : word(fields.raw("maxFeePerGas") ?? "0x0"),
    maxPriorityFeePerGas: isLegacyPriced
      ? gasPrice
      : word(fields.raw("maxPriorityFeePerGas") ?? "0x0"),
    accessList: accessListOf(fields, indexes),
    maxFeePerBlobGas: word(fields.raw("maxFeePerBlobGas") ?? "0x0"),
    blobHashes: fields.has("blobVersionedHashes") ? blobHashes(fields) : [],
    authorizations: fields.has("authorizationList") ? authorizationsOf(fields) : [],
  };
}

/** The sender: given, or whoever has the secret key. */
export function senderOfTest(fields: JsonFields, keccak256: Keccak256): Uint8Array {
  if (fields.has("sender")) return fields.address("sender");
  return addressOfKey(publicKeyOf(fields.word("secretKey")), keccak256);
}

function typeOf(fields: JsonFields, indexes: Indexes): TransactionType {
  if (fields.has("authorizationList")) return 4;
  if (fields.has("blobVersionedHashes")) return 3;
  if (fields.has("maxFeePerGas") || fields.has("maxPriorityFeePerGas")) return 2;
  const lists = fields.raw("accessLists");
  const own = Array.isArray(lists) ? lists[indexes.data] : undefined;
  return (own !== undefined && own !== null) || fields.has("accessList") ? 1 : 0;
}

function word(value: unknown): bigint {
  return boundedNumber(value, { bits: 256, code: "GASPRICE_OVERFLOW" });
}

function recipient(fields: JsonFields): Uint8Array | undefined {
  const to = fields.raw("to");
  if (to === undefined || to === null || to === "" || to === "0x") return undefined;
  return fields.address("to");
}

function dataOf(fields: JsonFields, { data: index }: Indexes): Uint8Array {
  const bytes = bytesOf(fields.list("data")[index]);
  if (bytes === undefined) throw new MalformedField(`transaction.data[${index}] is not bytes`);
  return bytes.length === 0 ? noBytes : bytes;
}

function accessListOf(fields: JsonFields, { data }: Indexes): readonly AccessListEntry[] {
  const lists = fields.raw("accessLists");
  const list = Array.isArray(lists) ? lists[data] : fields.raw("accessList");
  if (!Array.isArray(list)) return [];
  return list.map((item) => {
    const entry = new JsonFields(item, "transaction.accessLists");
    const keys = entry.has("storageKeys") ? entry.list("storageKeys") : [];
    return { address: entry.address("address"), slots: keys.map(checkedWord) };
  });
}

function blobHashes(fields: JsonFields): readonly Uint8Array[] {
  return fields.list("blobVersionedHashes").map((hash) => {
    const bytes = bytesOf(hash);
    if (bytes === undefined) throw new MalformedField("a blob's hash is not bytes");
    return bytes;
  });
}

function checkedWord(value: unknown): Uint8Array {
  const bytes = wordOf(value);
  if (bytes === undefined) throw new MalformedField("a storage key is not a word of 32 bytes");
  return bytes;
}

function authorizationsOf(fields: JsonFields): readonly Authorization[] {
  const code = "TYPE_4_INVALID_AUTHORIZATION_FORMAT";
  return fields.list("authorizationList").map((item) => {
    const entry = new JsonFields(item, "transaction.authorizationList");
    const address = bytesOf(entry.raw("address"));
    if (address?.length !== 20) throw new TransactionRejected(code, "an address is malformed");
    return {
      chainId: boundedNumber(entry.raw("chainId"), { bits: 256, code }),
      address,
      nonce: boundedNumber(entry.raw("nonce"), { bits: 64, code }),
      yParity: boundedNumber(entry.raw("yParity") ?? entry.raw("v"), { bits: 8, code }),
      r: boundedNumber(entry.raw("r"), { bits: 256, code }),
      s: boundedNumber(entry.raw("s"), { bits: 256, code }),
    };
  });
}
