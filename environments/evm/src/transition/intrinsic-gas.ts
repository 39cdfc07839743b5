import type { Transaction } from "./transaction.ts";
import type { TransitionRules } from "./transition-rules.ts";

const transactionGas = 21_000n;
const zeroByteGas = 4n;
const tokensPerByte = 4n;
const addressGas = 2_400n;
const slotGas = 1_900n;
const authorizationGas = 25_000n;

export interface IntrinsicGas {
  /** Charged before anything runs. */
  readonly intrinsic: bigint;
  /** What the transaction pays at least (EIP-7623); 0 before Prague. */
  readonly floor: bigint;
}

export function intrinsicGas(transaction: Transaction, rules: TransitionRules): IntrinsicGas {
  const { data, accessList, authorizations } = transaction;
  const zeros = BigInt(zeroBytes(data));
  const others = BigInt(data.length) - zeros;
  let gas = transactionGas + zeros * zeroByteGas + others * rules.dataByteGas;
  if (transaction.to === undefined) {
    gas += rules.creationGas + rules.initCodeWordGas * BigInt(Math.ceil(data.length / 32));
  }
  for (const { slots } of accessList) gas += addressGas + slotGas * BigInt(slots.length);
  gas += authorizationGas * BigInt(authorizations.length);
  const tokens = zeros + tokensPerByte * others;
  const floor = rules.floorTokenGas === 0n ? 0n : transactionGas + rules.floorTokenGas * tokens;
  return { intrinsic: gas, floor };
}

function zeroBytes(data: Uint8Array): number {
  let count = 0;
  for (const byte of data) if (byte === 0) count++;
  return count;
}
