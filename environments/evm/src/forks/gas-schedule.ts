import type { ForkName } from "./fork.ts";

/**
 * Prices in gas. Names follow the instruction or the rule that pays; what is paid per unit says so.
 * Sources: the yellow paper's appendix G, and the EIP that stands beside each change below.
 */
export interface GasSchedule {
  readonly base: number;
  readonly veryLow: number;
  readonly low: number;
  readonly mid: number;
  readonly high: number;
  readonly jumpdest: number;
  readonly exp: number;
  readonly expPerByte: number;
  readonly keccak: number;
  readonly keccakPerWord: number;
  readonly copyPerWord: number;
  readonly blockHash: number;
  readonly log: number;
  readonly logPerTopic: number;
  readonly logPerByte: number;
  /** `words * memoryPerWord + words² / memoryQuadDivisor` is the price of a memory. */
  readonly memoryPerWord: number;
  readonly memoryQuadDivisor: number;

  /** Access of an account; from Berlin on the warm price, and a cold one pays the surcharge. */
  readonly balance: number;
  readonly externalCode: number;
  readonly externalCodeHash: number;
  readonly call: number;
  readonly accountColdSurcharge: number;
  /** SELFDESTRUCT pays this (and not the surcharge) for a cold beneficiary. */
  readonly selfDestructCold: number;

  readonly sload: number;
  readonly slotColdSurcharge: number;
  /** SSTORE of a cold slot pays this in addition. */
  readonly sstoreCold: number;
  /** SSTORE that changes nothing, or what was changed before (net metering). */
  readonly sstoreNoop: number;
  readonly sstoreSet: number;
  readonly sstoreReset: number;
  readonly sstoreClearRefund: number;
  /** SSTORE fails at or below this (EIP-2200); 0 for no such rule. */
  readonly sstoreSentry: number;
  readonly transient: number;

  readonly callValue: number;
  readonly callStipend: number;
  readonly newAccount: number;
  readonly selfDestruct: number;
  readonly selfDestructNewAccount: number;
  readonly selfDestructRefund: number;
  readonly create: number;
  readonly initCodePerWord: number;
  readonly codeDepositPerByte: number;

  readonly transaction: number;
  readonly transactionCreate: number;
  readonly calldataZero: number;
  readonly calldataNonZero: number;
  /** Least price of a token of call data (EIP-7623), a zero is one token and another byte four; 0 for none. */
  readonly calldataFloorPerToken: number;
  readonly accessListAddress: number;
  readonly accessListSlot: number;
  /** Paid per authorisation in advance (EIP-7702), and given back in part for an account that exists. */
  readonly authorizationNew: number;
  readonly authorizationBase: number;
  readonly perBlob: number;
}

/** The prices at the beginning. */
export const frontierGas: GasSchedule = {
  base: 2,
  veryLow: 3,
  low: 5,
  mid: 8,
  high: 10,
  jumpdest: 1,
  exp: 10,
  expPerByte: 10,
  keccak: 30,
  keccakPerWord: 6,
  copyPerWord: 3,
  blockHash: 20,
  log: 375,
  logPerTopic: 375,
  logPerByte: 8,
  memoryPerWord: 3,
  memoryQuadDivisor: 512,
  balance: 20,
  externalCode: 20,
  externalCodeHash: 400,
  call: 40,
  accountColdSurcharge: 0,
  selfDestructCold: 0,
  sload: 50,
  slotColdSurcharge: 0,
  sstoreCold: 0,
  sstoreNoop: 0,
  sstoreSet: 20_000,
  sstoreReset: 5_000,
  sstoreClearRefund: 15_000,
  sstoreSentry: 0,
  transient: 100,
  callValue: 9_000,
  callStipend: 2_300,
  newAccount: 25_000,
  selfDestruct: 0,
  selfDestructNewAccount: 0,
  selfDestructRefund: 24_000,
  create: 32_000,
  initCodePerWord: 0,
  codeDepositPerByte: 200,
  transaction: 21_000,
  transactionCreate: 0,
  calldataZero: 4,
  calldataNonZero: 68,
  calldataFloorPerToken: 0,
  accessListAddress: 0,
  accessListSlot: 0,
  authorizationNew: 0,
  authorizationBase: 0,
  perBlob: 131_072,
};

/** What each fork changes. */
export const gasChanges: Readonly<Partial<Record<ForkName, Partial<GasSchedule>>>> = {
  homestead: { transactionCreate: 32_000 }, // EIP-2
  tangerineWhistle: {
    // EIP-150
    balance: 400,
    externalCode: 700,
    call: 700,
    sload: 200,
    selfDestruct: 5_000,
    selfDestructNewAccount: 25_000,
  },
  spuriousDragon: { expPerByte: 50 }, // EIP-160
  constantinople: { sstoreNoop: 200 }, // EIP-1283
  petersburg: { sstoreNoop: 0 }, // EIP-1716 takes EIP-1283 back
  istanbul: {
    // EIP-1884, EIP-2200, EIP-2028
    balance: 700,
    externalCodeHash: 700,
    sload: 800,
    sstoreNoop: 800,
    sstoreSentry: 2_300,
    calldataNonZero: 16,
  },
  berlin: {
    // EIP-2929, EIP-2930
    balance: 100,
    externalCode: 100,
    externalCodeHash: 100,
    call: 100,
    accountColdSurcharge: 2_500,
    selfDestructCold: 2_600,
    sload: 100,
    slotColdSurcharge: 2_000,
    sstoreCold: 2_100,
    sstoreNoop: 100,
    sstoreReset: 2_900,
    accessListAddress: 2_400,
    accessListSlot: 1_900,
  },
  london: { sstoreClearRefund: 4_800, selfDestructRefund: 0 }, // EIP-3529
  shanghai: { initCodePerWord: 2 }, // EIP-3860
  prague: {
    // EIP-7623, EIP-7702
    calldataFloorPerToken: 10,
    authorizationNew: 25_000,
    authorizationBase: 12_500,
  },
};
