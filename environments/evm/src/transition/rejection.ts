/**
 * Why a transaction cannot be in a block, by the names that the field's test vectors use. A rejected
 * transaction changes nothing.
 */
export const rejectionCodes = [
  "ADDRESS_TOO_LONG",
  "ADDRESS_TOO_SHORT",
  "GAS_ALLOWANCE_EXCEEDED",
  "GASLIMIT_OVERFLOW",
  "GASLIMIT_PRICE_PRODUCT_OVERFLOW",
  "GAS_LIMIT_EXCEEDS_MAXIMUM",
  "GASPRICE_OVERFLOW",
  "INITCODE_SIZE_EXCEEDED",
  "INSUFFICIENT_ACCOUNT_FUNDS",
  "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS",
  "INSUFFICIENT_MAX_FEE_PER_GAS",
  "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST",
  "INTRINSIC_GAS_TOO_LOW",
  "INVALID_CHAINID",
  "INVALID_SIGNATURE_VRS",
  "MALFORMED",
  "NONCE_IS_MAX",
  "NONCE_MISMATCH_TOO_HIGH",
  "NONCE_MISMATCH_TOO_LOW",
  "NONCE_OVERFLOW",
  "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS",
  "PRIORITY_OVERFLOW",
  "SENDER_NOT_EOA",
  "TYPE_1_TX_PRE_FORK",
  "TYPE_2_TX_PRE_FORK",
  "TYPE_3_TX_BLOB_COUNT_EXCEEDED",
  "TYPE_3_TX_CONTRACT_CREATION",
  "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH",
  "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED",
  "TYPE_3_TX_PRE_FORK",
  "TYPE_3_TX_ZERO_BLOBS",
  "TYPE_4_EMPTY_AUTHORIZATION_LIST",
  "TYPE_4_INVALID_AUTHORIZATION_FORMAT",
  "TYPE_4_TX_CONTRACT_CREATION",
  "TYPE_4_TX_PRE_FORK",
  "TYPE_NOT_SUPPORTED",
  "VALUE_OVERFLOW",
] as const;

export type RejectionCode = (typeof rejectionCodes)[number];

/** Thrown while a transaction is decoded or checked; `transact` answers it as a value. */
export class TransactionRejected extends Error {
  override readonly name = "TransactionRejected";
  readonly code: RejectionCode;

  constructor(code: RejectionCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}
