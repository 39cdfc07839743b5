import type { Transaction } from "./transaction.ts";
import type { TransitionRules } from "./transition-rules.ts";

const tokensPerByte = 4n;

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
  let gas = rules.transactionGas + zeros * rules.zeroByteGas + others * rules.dataByteGas;
  if (transaction.to === undefined) {
    gas += rules.creationGas + rules.initCodeWordGas * BigInt(Math.ceil(data.length / 32));
  }
  for (const { slots } of accessList) {
    gas += rules.accessListAddressGas + rules.accessListSlotGas * BigInt(slots.length);
  }
  gas += rules.authorizationGas * BigInt(authorizations.length);
  const tokens = zeros + tokensPerByte * others;
  const floor =
    rules.floorTokenGas === 0n ? 0n : rules.transactionGas + rules.floorTokenGas * tokens;
  return { intrinsic: gas, floor };
}

function zeroBytes(data: Uint8Array): number {
  let count = 0;
  for (const byte of data) if (byte === 0) count++;
  return count;
}
