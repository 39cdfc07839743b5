import type { Account, BlockContext } from "../engine.ts";
import { effectiveGasPrice, transactionBlobGas } from "./fees.ts";
import { type IntrinsicGas, intrinsicGas } from "./intrinsic-gas.ts";
import { type RejectionCode, TransactionRejected } from "./rejection.ts";
import type { Transaction } from "./transaction.ts";
import type { BlobRules, TransitionRules } from "./transition-rules.ts";

export interface BlockRoom {
  readonly block: BlockContext;
  readonly rules: TransitionRules;
  /** Gas that the block has left. */
  readonly gasAvailable: bigint;
  /** Blob gas that the block has left. */
  readonly blobGasAvailable: bigint;
  readonly blobs?: BlobRules | undefined;
}

/**
 * Checks everything that can be said of a transaction without its sender's account; the order is that of
 * the execution specification, so that a transaction with two faults gets the name the field gives it.
 */
export function validateTransaction(transaction: Transaction, room: BlockRoom): IntrinsicGas {
  const { rules } = room;
  checkType(transaction, room);
  const gas = intrinsicGas(transaction, rules);
  checkGas(transaction, gas);
  if (transaction.nonce >= nonceMax) reject("NONCE_IS_MAX", "the nonce cannot grow any more");
  const isTooLong = transaction.data.length > (rules.initCodeBytesMax ?? Number.POSITIVE_INFINITY);
  if (transaction.to === undefined && isTooLong) {
    reject("INITCODE_SIZE_EXCEEDED", `init code has ${transaction.data.length} bytes`);
  }
  if (rules.gasLimitMax !== undefined && transaction.gasLimit > rules.gasLimitMax) {
    reject("GAS_LIMIT_EXCEEDS_MAXIMUM", `a transaction has at most ${rules.gasLimitMax} gas`);
  }
  checkRoom(transaction, room);
  checkFees(transaction, room);
  if (transaction.type === 3) checkBlobs(transaction, room);
  if (transaction.type === 4) checkSetCode(transaction);
  return gas;
}

const nonceMax = (1n << 64n) - 1n;
const wordMax = (1n << 256n) - 1n;

function reject(code: RejectionCode, detail: string): never {
  throw new TransactionRejected(code, detail);
}

const preFork = [
  "TYPE_NOT_SUPPORTED",
  "TYPE_1_TX_PRE_FORK",
  "TYPE_2_TX_PRE_FORK",
  "TYPE_3_TX_PRE_FORK",
  "TYPE_4_TX_PRE_FORK",
] as const;

function checkType({ type, chainId }: Transaction, { rules, block }: BlockRoom): void {
  if (type > rules.typeMax) reject(preFork[type], `type ${type} came with a later fork`);
  if (chainId !== undefined && chainId !== block.chainId) {
    reject("INVALID_CHAINID", `the transaction is for chain ${chainId}`);
  }
}

function checkGas({ gasLimit }: Transaction, { intrinsic, floor }: IntrinsicGas): void {
  if (gasLimit < intrinsic) reject("INTRINSIC_GAS_TOO_LOW", `at least ${intrinsic} gas is needed`);
  if (gasLimit < floor) {
    reject("INTRINSIC_GAS_BELOW_FLOOR_GAS_COST", `the data costs at least ${floor} gas`);
  }
}

function checkRoom(transaction: Transaction, room: BlockRoom): void {
  if (transaction.gasLimit > room.gasAvailable) {
    reject("GAS_ALLOWANCE_EXCEEDED", `the block has ${room.gasAvailable} gas left`);
  }
}

function checkFees(transaction: Transaction, { block, rules }: BlockRoom): void {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  if (maxFeePerGas < maxPriorityFeePerGas) {
    reject("PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", "the proposer's part is above the whole");
  }
  if (rules.hasBaseFee && maxFeePerGas < block.baseFee) {
    reject("INSUFFICIENT_MAX_FEE_PER_GAS", `the base fee is ${block.baseFee}`);
  }
}

/** The version that a blob's hash begins with: a KZG commitment. */
const blobHashVersion = 1;

function checkBlobs(transaction: Transaction, room: BlockRoom): void {
  const { blobHashes, to } = transaction;
  const { rules, blobs } = room;
  if (to === undefined) reject("TYPE_3_TX_CONTRACT_CREATION", "blobs cannot come with a creation");
  if (blobHashes.length === 0) reject("TYPE_3_TX_ZERO_BLOBS", "a blob transaction has no blobs");
  if (blobHashes.length > (rules.transactionBlobsMax ?? blobs?.max ?? 0)) {
    reject("TYPE_3_TX_BLOB_COUNT_EXCEEDED", `${blobHashes.length} blobs are too many`);
  }
  if (transactionBlobGas(transaction) > room.blobGasAvailable) {
    reject("TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED", "the block has no room for the blobs");
  }
  for (const hash of blobHashes) {
    if (hash.length !== 32 || hash[0] !== blobHashVersion) {
      reject("TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH", "a blob's hash has an unknown version");
    }
  }
  if (transaction.maxFeePerBlobGas < room.block.blobBaseFee) {
    reject("INSUFFICIENT_MAX_FEE_PER_BLOB_GAS", `blob gas costs ${room.block.blobBaseFee}`);
  }
}

function checkSetCode({ to, authorizations }: Transaction): void {
  if (to === undefined) reject("TYPE_4_TX_CONTRACT_CREATION", "code is set with a creation");
  if (authorizations.length === 0) {
    reject("TYPE_4_EMPTY_AUTHORIZATION_LIST", "no authorization is in the list");
  }
}

export interface Sender {
  readonly account: Account | undefined;
  readonly code: Uint8Array;
  /** Whether a delegation does not count as code (EIP-7702). */
  readonly hasDelegation: boolean;
}

/** Checks the transaction against its sender's account. */
export function validateSender(transaction: Transaction, sender: Sender): void {
  const { account, code, hasDelegation } = sender;
  const nonce = account?.nonce ?? 0n;
  if (nonce > transaction.nonce) {
    reject("NONCE_MISMATCH_TOO_LOW", `the sender's nonce is ${nonce}`);
  }
  if (nonce < transaction.nonce) {
    reject("NONCE_MISMATCH_TOO_HIGH", `the sender's nonce is ${nonce}`);
  }
  const cost = costMax(transaction);
  if (cost > wordMax || cost > (account?.balance ?? 0n)) {
    reject("INSUFFICIENT_ACCOUNT_FUNDS", `the sender needs ${cost} wei`);
  }
  const isContract = code.length > 0 && !(hasDelegation && isDelegation(code));
  if (isContract) reject("SENDER_NOT_EOA", "the sender has code");
}

function costMax(transaction: Transaction): bigint {
  const { gasLimit, maxFeePerGas, value, maxFeePerBlobGas } = transaction;
  return gasLimit * maxFeePerGas + value + transactionBlobGas(transaction) * maxFeePerBlobGas;
}

/** What is taken from the sender before the message: gas at its price, and blob gas. */
export function prepayment(transaction: Transaction, block: BlockContext): bigint {
  const gas = transaction.gasLimit * effectiveGasPrice(transaction, block.baseFee);
  return gas + transactionBlobGas(transaction) * block.blobBaseFee;
}

/** Code that points at another account's code (EIP-7702): `ef0100` and an address. */
export function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00;
}
