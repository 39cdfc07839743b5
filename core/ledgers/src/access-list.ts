import { type CborValue, type Digest, digestBytes, digestValue } from "@bedplate/codec";
import { bytesOf, compareNames, nameOf } from "./byte-name.ts";
import type { TransactionEffect } from "./schedule/scheduler.ts";

/** Which transactions of a batch read and wrote one key, by index; what they wrote, by digest. */
export interface KeyAccess {
  readonly key: Uint8Array;
  readonly reads: readonly number[];
  /** A digest of null stands for a deletion. */
  readonly writes: readonly { readonly index: number; readonly value: Digest | null }[];
  /** Which added to its number; absent where none did. */
  readonly credits?: readonly number[] | undefined;
}

/** Every key that a batch touched, in bytewise order. */
export type AccessList = readonly KeyAccess[];

/** Collects what the transactions of a batch touched. */
export function accessListOf(
  effects: readonly TransactionEffect[],
  placeOf: (index: number) => number = (index) => index,
): AccessList {
  const keys = new Map<string, TouchedKey>();
  const accessOf = (name: string) => {
    const found = keys.get(name) ?? { reads: [], writes: [] };
    keys.set(name, found);
    return found;
  };
  for (const [at, { reads, execution }] of effects.entries()) {
    const index = placeOf(at);
    for (const name of reads.keys()) accessOf(name).reads.push(index);
    for (const { key, value } of execution.writes) {
      accessOf(nameOf(key)).writes.push({ index, value: value && digestBytes(value) });
    }
    for (const { key } of execution.credits ?? []) {
      const access = accessOf(nameOf(key));
      access.credits ??= [];
      access.credits.push(index);
    }
  }
  return [...keys]
    .sort(([a], [b]) => compareNames(a, b))
    .map(([name, access]) => ({ key: bytesOf(name), ...access }));
}

interface TouchedKey {
  readonly reads: number[];
  readonly writes: KeyAccess["writes"][number][];
  credits?: number[];
}

export function accessListDigest(list: AccessList): Digest {
  return digestValue(["ledger-access", list.map(accessValue)]);
}

/** One key's access as canonical bytes hold it. */
export function accessValue({ key, reads, writes, credits }: KeyAccess): CborValue {
  const plain = [key, reads, writes.map(({ index, value }) => [index, value])];
  return credits === undefined ? plain : [...plain, credits];
}
