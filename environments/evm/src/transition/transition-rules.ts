import { type Fork, isAtLeast } from "../forks/fork.ts";
import type { TransactionType } from "./transaction.ts";

/** A fork's rules and prices as transactions and blocks need them: gas and wei are `bigint`s here. */
export interface TransitionRules {
  readonly typeMax: TransactionType;
  readonly transactionGas: bigint;
  /** Gas of a transaction that creates, above that of each. */
  readonly creationGas: bigint;
  readonly zeroByteGas: bigint;
  /** Gas per byte of data that is not zero. */
  readonly dataByteGas: bigint;
  /** Gas per word of init code (EIP-3860). */
  readonly initCodeWordGas: bigint;
  readonly initCodeBytesMax?: number | undefined;
  readonly accessListAddressGas: bigint;
  readonly accessListSlotGas: bigint;
  /** Gas per authorisation, as for an account that does not exist. */
  readonly authorizationGas: bigint;
  /** What of it comes back where the account exists. */
  readonly authorizationRefund: bigint;
  /** The least gas per token of data (EIP-7623): a zero byte is one token, any other four. */
  readonly floorTokenGas: bigint;
  /** Refunds are at most this part of the gas used. */
  readonly refundQuotient: bigint;
  readonly hasBaseFee: boolean;
  /** EIP-7825. */
  readonly gasLimitMax?: bigint | undefined;
  readonly blobs?: BlobRules | undefined;
  /** EIP-7594: blobs that one transaction may carry, whatever the block may. */
  readonly transactionBlobsMax?: number | undefined;
  /** Execution gas at the base fee that a blob costs at least (EIP-7918); 0 for no such rule. */
  readonly blobBaseCost: bigint;
  /** Touched accounts that are empty go (EIP-158). */
  readonly deletesEmpty: boolean;
  /** EIP-3651. */
  readonly hasWarmCoinbase: boolean;
  /** Receipts carry a status (EIP-658), a state root before. */
  readonly hasStatus: boolean;
  /** Legacy signatures may bind a chain (EIP-155). */
  readonly hasReplayProtection: boolean;
  /** Signatures with a large `s` are refused (EIP-2). */
  readonly needsLowS: boolean;
  /** Wei that a block's proposer gets. */
  readonly blockReward: bigint;
  readonly hasWithdrawals: boolean;
  /** EIP-4788 at the beginning of a block. */
  readonly hasBeaconRoots: boolean;
  /** EIP-2935 at the beginning, EIP-7002, 7251 and 6110 at the end of a block. */
  readonly hasRequests: boolean;
}

/** EIP-4844 in units of blobs, as EIP-7840 schedules them. */
export interface BlobRules {
  readonly target: number;
  readonly max: number;
  readonly baseFeeUpdateFraction: bigint;
}

const byFork = new WeakMap<Fork, TransitionRules>();

export function transitionRules(fork: Fork): TransitionRules {
  const known = byFork.get(fork);
  if (known !== undefined) return known;
  const rules = { ...pricesOf(fork), ...rulesOf(fork) };
  byFork.set(fork, rules);
  return rules;
}

function pricesOf({ gas }: Fork) {
  return {
    transactionGas: BigInt(gas.transaction),
    creationGas: BigInt(gas.transactionCreate),
    zeroByteGas: BigInt(gas.calldataZero),
    dataByteGas: BigInt(gas.calldataNonZero),
    initCodeWordGas: BigInt(gas.initCodePerWord),
    accessListAddressGas: BigInt(gas.accessListAddress),
    accessListSlotGas: BigInt(gas.accessListSlot),
    authorizationGas: BigInt(gas.authorizationNew),
    authorizationRefund: BigInt(gas.authorizationNew - gas.authorizationBase),
    floorTokenGas: BigInt(gas.calldataFloorPerToken),
  };
}

function rulesOf(fork: Fork) {
  const { rules } = fork;
  return {
    typeMax: rules.transactionTypeMax as TransactionType,
    initCodeBytesMax: rules.initCodeSizeMax || undefined,
    refundQuotient: BigInt(rules.refundQuotient),
    hasBaseFee: rules.hasBaseFee,
    gasLimitMax: rules.transactionGasMax === 0 ? undefined : BigInt(rules.transactionGasMax),
    blobs: blobRulesOf(fork),
    transactionBlobsMax: rules.blobsPerTransactionMax || undefined,
    blobBaseCost: BigInt(rules.blobBaseCost),
    deletesEmpty: rules.clearsEmptyAccounts,
    hasWarmCoinbase: rules.warmsCoinbase,
    hasStatus: rules.hasReceiptStatus,
    hasReplayProtection: rules.hasReplayProtection,
    needsLowS: rules.requiresLowS,
    blockReward: rules.blockReward,
    hasWithdrawals: isAtLeast(fork, "shanghai"),
    hasBeaconRoots: isAtLeast(fork, "cancun"),
    hasRequests: isAtLeast(fork, "prague"),
  };
}

function blobRulesOf({ rules }: Fork): BlobRules | undefined {
  if (rules.blobsMax === 0) return undefined;
  const baseFeeUpdateFraction = BigInt(rules.blobBaseFeeUpdateFraction);
  return { target: rules.blobsTarget, max: rules.blobsMax, baseFeeUpdateFraction };
}
