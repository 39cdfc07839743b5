import type { StateCredit } from "@bedplate/environment";

/** The number that a value is: big-endian; 0 for no value. */
export function numberOf(value: Uint8Array | null): bigint {
  return value === null || value.length === 0
    ? 0n
    : BigInt(`0x${Buffer.from(value).toString("hex")}`);
}

/** The value with an amount added: without leading zeros, and no value for 0. */
export function valueWith(value: Uint8Array | null, amount: bigint): Uint8Array | null {
  const sum = numberOf(value) + amount;
  if (sum === 0n) return null;
  const digits = sum.toString(16);
  return Uint8Array.from(
    Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex"),
  );
}

export function amountOf({ amount }: StateCredit): bigint {
  return numberOf(amount);
}
