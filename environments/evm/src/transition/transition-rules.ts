import { type Fork, type ForkName, forkNames } from "../forks/fork.ts";
import type { TransactionType } from "./transaction.ts";

/** What a fork says of transactions; what it says of instructions is in `src/forks`. */
export interface TransitionRules {
  readonly typeMax: TransactionType;
  /** Gas of a transaction that creates, above the 21,000 of each. */
  readonly creationGas: bigint;
  /** Gas per byte of data that is not zero; a zero byte costs 4. */
  readonly dataByteGas: bigint;
  /** Gas per word of init code (EIP-3860). */
  readonly initCodeWordGas: bigint;
  readonly initCodeBytesMax?: number | undefined;
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
  /** EIP-7918: blob gas costs at least this many times its base fee of execution gas. */
  readonly hasBlobReserve: boolean;
  /** Touched accounts that are empty go (EIP-158). */
  readonly deletesEmpty: boolean;
  /** EIP-3651. */
  readonly hasWarmCoinbase: boolean;
  /** Receipts carry a status (EIP-658), a state root before. */
  readonly hasStatus: boolean;
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

const ether = 10n ** 18n;

const frontier: TransitionRules = {
  typeMax: 0,
  creationGas: 0n,
  dataByteGas: 68n,
  initCodeWordGas: 0n,
  floorTokenGas: 0n,
  refundQuotient: 2n,
  hasBaseFee: false,
  hasBlobReserve: false,
  deletesEmpty: false,
  hasWarmCoinbase: false,
  hasStatus: false,
  needsLowS: false,
  blockReward: 5n * ether,
  hasWithdrawals: false,
  hasBeaconRoots: false,
  hasRequests: false,
};

/** What each fork changed, against the one before it. */
const changes: Partial<Record<ForkName, Partial<TransitionRules>>> = {
  homestead: { creationGas: 32_000n, needsLowS: true },
  spuriousDragon: { deletesEmpty: true },
  byzantium: { hasStatus: true, blockReward: 3n * ether },
  constantinople: { blockReward: 2n * ether },
  istanbul: { dataByteGas: 16n },
  berlin: { typeMax: 1 },
  london: { typeMax: 2, hasBaseFee: true, refundQuotient: 5n },
  paris: { blockReward: 0n },
  shanghai: {
    hasWarmCoinbase: true,
    hasWithdrawals: true,
    initCodeWordGas: 2n,
    initCodeBytesMax: 49_152,
  },
  cancun: {
    typeMax: 3,
    blobs: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477n },
    hasBeaconRoots: true,
  },
  prague: {
    typeMax: 4,
    floorTokenGas: 10n,
    blobs: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n },
    hasRequests: true,
  },
  osaka: { gasLimitMax: 1n << 24n, transactionBlobsMax: 6, hasBlobReserve: true },
};

const byFork: ReadonlyMap<string, TransitionRules> = accumulated();

function accumulated(): ReadonlyMap<string, TransitionRules> {
  const table = new Map<string, TransitionRules>();
  let rules = frontier;
  for (const name of forkNames) {
    rules = { ...rules, ...changes[name] };
    table.set(name, rules);
  }
  return table;
}

export function transitionRules(fork: Fork): TransitionRules {
  const rules = byFork.get(fork.name);
  if (rules === undefined) throw new Error(`Cannot find rules of the fork ${fork.name}`);
  return rules;
}
