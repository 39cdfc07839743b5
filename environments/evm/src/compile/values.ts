/**
 * What a place of the symbolic stack holds. Limbs are numbered from the least; a limb is a constant (as
 * an unsigned 64-bit number) or a Wasm local, which is written once.
 */
export type Limb = bigint | LocalLimb;

export interface LocalLimb {
  readonly local: number;
  /** The value is below 2^bits. */
  readonly bits: number;
}

export type Limbs = readonly [Limb, Limb, Limb, Limb];

/** An item as limbs. */
export interface LimbsValue {
  readonly kind: "limbs";
  readonly limbs: Limbs;
}

/** 0 or 1 in a local of type i32: the answer of a comparison. */
export interface FlagValue {
  readonly kind: "flag";
  readonly local: number;
  /** The same as an i64, once that was needed. */
  limb: LocalLimb | undefined;
}

/** An item in memory; limbs are loaded when they are needed. */
export interface ItemValue {
  readonly kind: "item";
  /** Undefined once the memory was overwritten; then every limb is there. */
  address: ItemAddress | undefined;
  readonly limbs: (Limb | undefined)[];
}

export interface ItemAddress {
  /** The local that the offset counts from; undefined for an absolute address. */
  readonly base: number | undefined;
  readonly offset: number;
  /** Index in the symbolic stack, of an item of the EVM stack. */
  readonly index?: number | undefined;
}

export type Value = LimbsValue | FlagValue | ItemValue;

export const limbNumbers = [0, 1, 2, 3] as const;
export type LimbNumber = (typeof limbNumbers)[number];

/** The largest limb: all ones. */
export const limbMax: bigint = (1n << 64n) - 1n;

export function constantValue(value: bigint): LimbsValue {
  const limb = (number: bigint) => (value >> (64n * number)) & limbMax;
  return { kind: "limbs", limbs: [limb(0n), limb(1n), limb(2n), limb(3n)] };
}

/** The number, where every limb is constant. */
export function constantOf(value: Value): bigint | undefined {
  if (value.kind === "flag") return undefined;
  let sum = 0n;
  for (const number of limbNumbers) {
    const limb = value.limbs[number];
    if (typeof limb !== "bigint") return undefined;
    sum |= limb << BigInt(64 * number);
  }
  return sum;
}

/** A value of one limb. */
export function smallValue(limb: Limb): LimbsValue {
  return { kind: "limbs", limbs: [limb, 0n, 0n, 0n] };
}

/** An upper bound of the length in bits. */
export function bitsOf(limb: Limb): number {
  return typeof limb === "bigint" ? limb.toString(2).length * Number(limb !== 0n) : limb.bits;
}
