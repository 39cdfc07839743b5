import type { Transaction } from "./transaction.ts";
import type { BlobRules } from "./transition-rules.ts";

/** Gas of one blob (EIP-4844). */
export const blobGas = 131_072n;

const blobBaseFeeMin = 1n;

/** Wei per gas that the sender pays: base fee and what remains for the proposer (EIP-1559). */
export function effectiveGasPrice(transaction: Transaction, baseFee: bigint): bigint {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const offered = baseFee + maxPriorityFeePerGas;
  if (offered > maxFeePerGas) return maxFeePerGas;
  return offered;
}

export function transactionBlobGas(transaction: Transaction): bigint {
  return blobGas * BigInt(transaction.blobHashes.length);
}

/** Wei per blob gas at this excess: `fake_exponential` of EIP-4844. */
export function blobBaseFee(excessBlobGas: bigint, rules: BlobRules): bigint {
  const denominator = rules.baseFeeUpdateFraction;
  let sum = 0n;
  let term = blobBaseFeeMin * denominator;
  for (let index = 1n; term > 0n; index++) {
    sum += term;
    term = (term * excessBlobGas) / (denominator * index);
  }
  return sum / denominator;
}

export interface ParentBlobs {
  readonly excessBlobGas: bigint;
  readonly blobGasUsed: bigint;
  /** Wei per gas. */
  readonly baseFee: bigint;
}

/** The excess of the block after this one (EIP-4844; with the reserve price of EIP-7918). */
export function nextExcessBlobGas(
  parent: ParentBlobs,
  { blobs, blobBaseCost }: { blobs: BlobRules; blobBaseCost: bigint },
): bigint {
  const target = BigInt(blobs.target) * blobGas;
  const total = parent.excessBlobGas + parent.blobGasUsed;
  if (total < target) return 0n;
  const price = blobGas * blobBaseFee(parent.excessBlobGas, blobs);
  if (blobBaseCost * parent.baseFee > price) {
    const spare = BigInt(blobs.max - blobs.target);
    return parent.excessBlobGas + (parent.blobGasUsed * spare) / BigInt(blobs.max);
  }
  return total - target;
}

const elasticity = 2n;
const changeDenominator = 8n;

export interface ParentGas {
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  /** Wei per gas. */
  readonly baseFee: bigint;
}

/** The base fee of the block after this one (EIP-1559). */
export function nextBaseFee({ gasLimit, gasUsed, baseFee }: ParentGas): bigint {
  const target = gasLimit / elasticity;
  if (gasUsed === target || target === 0n) return baseFee;
  if (gasUsed > target) {
    const rise = (baseFee * (gasUsed - target)) / target / changeDenominator;
    return rise === 0n ? baseFee + 1n : baseFee + rise;
  }
  const fall = (baseFee * (target - gasUsed)) / target / changeDenominator;
  return baseFee > fall ? baseFee - fall : 0n;
}
