import type { Account, BlockContext } from "../engine.ts";
import { hexOfBytes } from "./bytes.ts";
import { transactionBlobGas } from "./fees.ts";
import { intrinsicGas } from "./intrinsic-gas.ts";
import type { RejectionCode, TransactionRejected } from "./rejection.ts";
import type { Transaction } from "./transaction.ts";
import type { TransitionRules } from "./transition-rules.ts";

/** What is known of a transaction that is refused. */
export interface RefusedTransaction {
  readonly rejected: TransactionRejected;
  /** Absent where it could not be decoded. */
  readonly transaction?: Transaction | undefined;
  readonly account?: Account | undefined;
  readonly block?: Pick<BlockContext, "chainId" | "baseFee" | "gasLimit"> | undefined;
  readonly rules: TransitionRules;
}

/** Why a transaction is refused, as go-ethereum's pool and state transition word it. */
export function refusalWords(refused: RefusedTransaction): string {
  const { code, message } = refused.rejected;
  const facts =
    refused.transaction && factsOf(code, { ...refused, transaction: refused.transaction });
  return `${words[code]}: ${facts ?? message}`;
}

const words: Readonly<Record<RejectionCode, string>> = {
  ADDRESS_TOO_LONG: "rlp: input string too long",
  ADDRESS_TOO_SHORT: "rlp: input string too short",
  GAS_ALLOWANCE_EXCEEDED: "exceeds block gas limit",
  GASLIMIT_OVERFLOW: "rlp: input string too long for uint64",
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: "insufficient funds for gas * price + value",
  GAS_LIMIT_EXCEEDS_MAXIMUM: "transaction gas limit too high",
  GASPRICE_OVERFLOW: "max fee per gas higher than 2^256-1",
  INITCODE_SIZE_EXCEEDED: "max initcode size exceeded",
  INSUFFICIENT_ACCOUNT_FUNDS: "insufficient funds for gas * price + value",
  INSUFFICIENT_MAX_FEE_PER_BLOB_GAS: "max fee per blob gas less than block blob gas fee",
  INSUFFICIENT_MAX_FEE_PER_GAS: "max fee per gas less than block base fee",
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: "insufficient gas for floor data gas cost",
  INTRINSIC_GAS_TOO_LOW: "intrinsic gas too low",
  INVALID_CHAINID: "invalid chain id for signer",
  INVALID_SIGNATURE_VRS: "invalid transaction v, r, s values",
  MALFORMED: "rlp",
  NONCE_IS_MAX: "nonce has max value",
  NONCE_MISMATCH_TOO_HIGH: "nonce too high",
  NONCE_MISMATCH_TOO_LOW: "nonce too low",
  NONCE_OVERFLOW: "rlp: input string too long for uint64",
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: "max priority fee per gas higher than max fee per gas",
  PRIORITY_OVERFLOW: "max priority fee per gas higher than 2^256-1",
  SENDER_NOT_EOA: "sender not an eoa",
  TYPE_1_TX_PRE_FORK: "transaction type not supported",
  TYPE_2_TX_PRE_FORK: "transaction type not supported",
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: "blob transaction has too many blobs",
  TYPE_3_TX_CONTRACT_CREATION: "blob transaction of type create",
  TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH: "blob has invalid hash version",
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: "blob gas limit reached",
  TYPE_3_TX_PRE_FORK: "transaction type not supported",
  TYPE_3_TX_ZERO_BLOBS: "blob transaction missing blob hashes",
  TYPE_4_EMPTY_AUTHORIZATION_LIST: "EIP-7702 transaction with empty auth list",
  TYPE_4_INVALID_AUTHORIZATION_FORMAT: "rlp: invalid authorization",
  TYPE_4_TX_CONTRACT_CREATION: "EIP-7702 transaction cannot be used to create contract",
  TYPE_4_TX_PRE_FORK: "transaction type not supported",
  TYPE_NOT_SUPPORTED: "transaction type not supported",
  VALUE_OVERFLOW: "rlp: value larger than 256 bits",
};

type Known = RefusedTransaction & { readonly transaction: Transaction };

function factsOf(code: RejectionCode, known: Known): string | undefined {
  const { transaction, account, block, rules } = known;
  const address = `address 0x${hexOfBytes(transaction.sender)}`;
  switch (code) {
    case "NONCE_MISMATCH_TOO_LOW":
    case "NONCE_MISMATCH_TOO_HIGH":
      return `${address}, tx: ${transaction.nonce} state: ${account?.nonce ?? 0n}`;
    case "NONCE_IS_MAX":
      return `${address}, nonce: ${transaction.nonce}`;
    case "INSUFFICIENT_ACCOUNT_FUNDS":
      return funds(transaction, account?.balance ?? 0n);
    case "INTRINSIC_GAS_TOO_LOW":
      return `gas ${transaction.gasLimit}, minimum needed ${intrinsicGas(transaction, rules).intrinsic}`;
    case "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST":
      return `gas ${transaction.gasLimit}, minimum needed ${intrinsicGas(transaction, rules).floor}`;
    case "INITCODE_SIZE_EXCEEDED":
      return `code size ${transaction.data.length}, limit ${rules.initCodeBytesMax}`;
    case "GAS_LIMIT_EXCEEDS_MAXIMUM":
      return `cap: ${rules.gasLimitMax}, tx: ${transaction.gasLimit}`;
    case "INSUFFICIENT_MAX_FEE_PER_GAS":
      return `${address}, maxFeePerGas: ${transaction.maxFeePerGas}, baseFee: ${block?.baseFee}`;
    case "INVALID_CHAINID":
      return `have ${transaction.chainId} want ${block?.chainId}`;
    case "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS":
      return `${address}, maxPriorityFeePerGas: ${transaction.maxPriorityFeePerGas}, maxFeePerGas: ${transaction.maxFeePerGas}`;
    default:
      return undefined;
  }
}

function funds(transaction: Transaction, balance: bigint): string {
  const { gasLimit, maxFeePerGas, value, maxFeePerBlobGas } = transaction;
  const cost = gasLimit * maxFeePerGas + value + transactionBlobGas(transaction) * maxFeePerBlobGas;
  return `balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`;
}
