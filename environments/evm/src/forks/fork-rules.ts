import type { ForkName } from "./fork.ts";

/** What a fork does beyond its prices. Limits of 0 mean: no such limit. */
export interface ForkRules {
  /** A creation that cannot pay for its code fails (EIP-2); before, the account stays without code. */
  readonly failsOnUnpaidCode: boolean;
  /** A call gives at most all but one 64th of the gas (EIP-150); before, asking for more fails. */
  readonly keepsOne64th: boolean;
  /** Empty accounts are not created and vanish when touched; a new contract has nonce 1 (EIP-158, 161). */
  readonly clearsEmptyAccounts: boolean;
  /** How SSTORE is priced: by the new value, by net change, or by net change with the sentry. */
  readonly storagePricing: "gross" | "net";
  /** Accounts and slots are cold at first (EIP-2929). */
  readonly hasAccessList: boolean;
  /** Code that begins with 0xEF cannot be deployed (EIP-3541). */
  readonly rejectsEfCode: boolean;
  /** The coinbase is warm from the start (EIP-3651). */
  readonly warmsCoinbase: boolean;
  /** SELFDESTRUCT destroys only what the same transaction created (EIP-6780). */
  readonly destroysOnlyCreated: boolean;
  /** Code that is a designator is followed (EIP-7702). */
  readonly hasDelegation: boolean;
  /** PREVRANDAO in the place of DIFFICULTY (EIP-4399). */
  readonly hasPrevRandao: boolean;
  /** The base fee exists and is burnt (EIP-1559). */
  readonly hasBaseFee: boolean;
  /** A sender with code is refused (EIP-3607). */
  readonly refusesSenderWithCode: boolean;
  /** Receipts carry a status (EIP-658) in the place of a root. */
  readonly hasReceiptStatus: boolean;
  /** Signatures may bind a chain id (EIP-155). */
  readonly hasReplayProtection: boolean;
  /** A signature's s lies in the lower half (EIP-2). */
  readonly requiresLowS: boolean;

  /** Refunds are capped at the used gas divided by this. */
  readonly refundQuotient: number;
  /** Bytes (EIP-170, EIP-3860). */
  readonly codeSizeMax: number;
  readonly initCodeSizeMax: number;
  /** Gas limit of a transaction (EIP-7825). */
  readonly transactionGasMax: number;
  /** The largest type of a transaction (EIP-2718); 0 where only legacy ones are. */
  readonly transactionTypeMax: number;
  /** Blobs of a block, and of a transaction (EIP-4844, 7691, 7594). */
  readonly blobsTarget: number;
  readonly blobsMax: number;
  readonly blobsPerTransactionMax: number;
  readonly blobBaseFeeUpdateFraction: number;
  /** The blob base fee is held up by the cost of execution (EIP-7918): gas of that cost. */
  readonly blobBaseCost: number;
  /** Wei for the coinbase of a block. */
  readonly blockReward: bigint;
  /** Precompiles stand at 1..this; P256VERIFY stands apart at 0x100. */
  readonly precompilesMax: number;
  readonly hasP256Verify: boolean;
}

const ether = 10n ** 18n;

/** The rules at the beginning. */
export const frontierRules: ForkRules = {
  failsOnUnpaidCode: false,
  keepsOne64th: false,
  clearsEmptyAccounts: false,
  storagePricing: "gross",
  hasAccessList: false,
  rejectsEfCode: false,
  warmsCoinbase: false,
  destroysOnlyCreated: false,
  hasDelegation: false,
  hasPrevRandao: false,
  hasBaseFee: false,
  // Applied to every fork, as clients do: such a sender cannot exist without a broken hash.
  refusesSenderWithCode: true,
  hasReceiptStatus: false,
  hasReplayProtection: false,
  requiresLowS: false,
  refundQuotient: 2,
  codeSizeMax: 0,
  initCodeSizeMax: 0,
  transactionGasMax: 0,
  transactionTypeMax: 0,
  blobsTarget: 0,
  blobsMax: 0,
  blobsPerTransactionMax: 0,
  blobBaseFeeUpdateFraction: 0,
  blobBaseCost: 0,
  blockReward: 5n * ether,
  precompilesMax: 4,
  hasP256Verify: false,
};

/** What each fork changes. */
export const forkChanges: Readonly<Partial<Record<ForkName, Partial<ForkRules>>>> = {
  homestead: { failsOnUnpaidCode: true, requiresLowS: true },
  tangerineWhistle: { keepsOne64th: true },
  spuriousDragon: { clearsEmptyAccounts: true, codeSizeMax: 24_576, hasReplayProtection: true },
  byzantium: { hasReceiptStatus: true, blockReward: 3n * ether, precompilesMax: 8 },
  constantinople: { storagePricing: "net", blockReward: 2n * ether },
  petersburg: { storagePricing: "gross" },
  istanbul: { storagePricing: "net", precompilesMax: 9 },
  berlin: { hasAccessList: true, transactionTypeMax: 1 },
  london: { rejectsEfCode: true, hasBaseFee: true, refundQuotient: 5, transactionTypeMax: 2 },
  paris: { hasPrevRandao: true, blockReward: 0n },
  shanghai: { warmsCoinbase: true, initCodeSizeMax: 49_152 },
  cancun: {
    destroysOnlyCreated: true,
    transactionTypeMax: 3,
    blobsTarget: 3,
    blobsMax: 6,
    blobsPerTransactionMax: 6,
    blobBaseFeeUpdateFraction: 3_338_477,
    precompilesMax: 10,
  },
  prague: {
    hasDelegation: true,
    transactionTypeMax: 4,
    blobsTarget: 6,
    blobsMax: 9,
    blobsPerTransactionMax: 9,
    blobBaseFeeUpdateFraction: 5_007_716,
    precompilesMax: 17,
  },
  osaka: {
    transactionGasMax: 2 ** 24,
    blobsPerTransactionMax: 6,
    blobBaseCost: 8_192,
    hasP256Verify: true,
  },
  // EIP-7954. The entry holds what is settled of the fork; its other rules come with the fork itself.
  amsterdam: { codeSizeMax: 65_536, initCodeSizeMax: 131_072 },
};
