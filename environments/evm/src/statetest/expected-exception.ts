import type { RejectionCode } from "../transition/rejection.ts";

/** What older vectors call a rejection; a name may stand for several. */
const olderNames: Readonly<Record<string, readonly RejectionCode[]>> = {
  TR_NoFunds: ["INSUFFICIENT_ACCOUNT_FUNDS"],
  TR_NoFundsOrGas: ["INSUFFICIENT_ACCOUNT_FUNDS", "INTRINSIC_GAS_TOO_LOW"],
  TR_NoFundsX: ["INSUFFICIENT_ACCOUNT_FUNDS"],
  IntrinsicGas: ["INTRINSIC_GAS_TOO_LOW"],
  TR_IntrinsicGas: ["INTRINSIC_GAS_TOO_LOW"],
  SenderNotEOA: ["SENDER_NOT_EOA"],
  TR_NonceHasMaxValue: ["NONCE_IS_MAX"],
  TR_NonceTooLow: ["NONCE_MISMATCH_TOO_LOW"],
  TR_NonceTooHigh: ["NONCE_MISMATCH_TOO_HIGH"],
  TR_FeeCapLessThanBlocks: ["INSUFFICIENT_MAX_FEE_PER_GAS"],
  TR_TipGtFeeCap: ["PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS"],
  TR_TypeNotSupported: [
    "TYPE_NOT_SUPPORTED",
    "TYPE_1_TX_PRE_FORK",
    "TYPE_2_TX_PRE_FORK",
    "TYPE_3_TX_PRE_FORK",
    "TYPE_4_TX_PRE_FORK",
  ],
  TR_BLOBLIST_OVERSIZE: [
    "TYPE_3_TX_BLOB_COUNT_EXCEEDED",
    "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED",
  ],
  TR_BLOBCREATE: ["TYPE_3_TX_CONTRACT_CREATION"],
  TR_EMPTYBLOB: ["TYPE_3_TX_ZERO_BLOBS"],
  TR_BLOBVERSION_INVALID: ["TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH"],
  TR_GasLimitReached: ["GAS_ALLOWANCE_EXCEEDED"],
  TR_InitCodeLimitExceeded: ["INITCODE_SIZE_EXCEEDED"],
  TR_RLP_WRONGVALUE: ["VALUE_OVERFLOW", "GASPRICE_OVERFLOW", "GASLIMIT_OVERFLOW", "MALFORMED"],
};

/** Names that one condition has in different vectors. */
const sameCondition: readonly (readonly RejectionCode[])[] = [
  ["TYPE_3_TX_BLOB_COUNT_EXCEEDED", "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED"],
  ["INTRINSIC_GAS_TOO_LOW", "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST"],
  ["INSUFFICIENT_ACCOUNT_FUNDS", "GASLIMIT_PRICE_PRODUCT_OVERFLOW"],
];

/** Whether a rejection is one of those that a vector expects (`A|B`, with or without a class). */
export function isExpected(code: RejectionCode, exception: string): boolean {
  return exception.split("|").some((name) => {
    const plain = name.trim().replace(/^TransactionException\./, "");
    if (plain === code || olderNames[plain]?.includes(code)) return true;
    return sameCondition.some(
      (group) => group.includes(code) && group.some((each) => each === plain),
    );
  });
}
