import { NotResident } from "../engine.ts";
import { type RejectionCode, TransactionRejected } from "../transition/rejection.ts";
import type { TransactionResult } from "../transition/transactor.ts";
import { ExecutionStopped } from "./execution-watch.ts";

/** What the reference implementation says, against the name that the field gives it; the first that fits. */
const meanings: readonly (readonly [RegExp, RejectionCode])[] = [
  [/doesn't have enough funds/, "INSUFFICIENT_ACCOUNT_FUNDS"],
  [/INTRINSIC_GAS_TOO_LOW|lower than the minimum gas limit/, "INTRINSIC_GAS_TOO_LOW"],
  [/not EOA/, "SENDER_NOT_EOA"],
  [/exceeds the maximum allowed by EIP-7825/, "GAS_LIMIT_EXCEEDS_MAXIMUM"],
  [/versioned hash/, "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH"],
  [/is less than the block's baseFeePerGas|cannot pay baseFee/i, "INSUFFICIENT_MAX_FEE_PER_GAS"],
  [/exceed maximum blob gas per block|blobs exceeds max/, "TYPE_3_TX_BLOB_COUNT_EXCEEDED"],
  [/at least one blob/, "TYPE_3_TX_ZERO_BLOBS"],
  [/should have a "to" field/, "TYPE_3_TX_CONTRACT_CREATION"],
  [/less than block blobGasPrice/, "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS"],
  [/initcode size/, "INITCODE_SIZE_EXCEEDED"],
  [/nonce cannot (equal or )?exceed/, "NONCE_IS_MAX"],
  [/gasLimit cannot exceed/, "GASLIMIT_OVERFLOW"],
  [/cannot exceed MAX_INTEGER/, "GASLIMIT_PRICE_PRODUCT_OVERFLOW"],
  [/authorization list is empty/, "TYPE_4_EMPTY_AUTHORIZATION_LIST"],
  [/cannot create contracts|does not create contracts|"to" field/, "TYPE_4_TX_CONTRACT_CREATION"],
  [/Invalid EIP-7702 transaction/, "TYPE_4_INVALID_AUTHORIZATION_FORMAT"],
  [/maxFeePerGas cannot be less than max/, "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS"],
  [/higher gas limit than the block/, "GAS_ALLOWANCE_EXCEEDED"],
  [/EIP-?2930 (is )?not|EIP 2930 is not/, "TYPE_1_TX_PRE_FORK"],
  [/EIP-?1559 (is )?not|EIP 1559 is not/, "TYPE_2_TX_PRE_FORK"],
  [/EIP-?4844 not/, "TYPE_3_TX_PRE_FORK"],
  [/EIP-?7702 not/, "TYPE_4_TX_PRE_FORK"],
  [/not matching the derived chain ID/, "INVALID_CHAINID"],
];

/** Answers what was thrown as a value where it is about the transaction, and throws it on otherwise. */
export function rejectionOf(error: unknown): TransactionResult {
  if (error instanceof ExecutionStopped) return { kind: "stopped", reason: error.reason };
  if (error instanceof NotResident || !(error instanceof Error)) throw error;
  if (error instanceof TransactionRejected) {
    return { kind: "rejected", code: error.code, detail: error.message };
  }
  const code = nonceCode(error.message) ?? meanings.find(([text]) => text.test(error.message))?.[1];
  if (code === undefined) throw error;
  return { kind: "rejected", code, detail: error.message.replace(/ \(vm hf=.*$/s, "") };
}

function nonceCode(message: string): RejectionCode | undefined {
  const found = /account has nonce of: (\d+) tx has nonce of: (\d+)/.exec(message);
  if (found === null) return undefined;
  const [account, transaction] = [BigInt(found[1] ?? 0), BigInt(found[2] ?? 0)];
  return transaction < account ? "NONCE_MISMATCH_TOO_LOW" : "NONCE_MISMATCH_TOO_HIGH";
}
