import type { Account } from "../engine.ts";
import { concatenated, numberOfBytes } from "../transition/bytes.ts";
import { rlpBytes, rlpItems, rlpList, rlpNumber } from "../transition/rlp.ts";

const lead = { account: 0x61, code: 0x63, slot: 0x73 } as const;

/** Bytes of an account's key; a slot's begins as long, and goes on. */
export const accountKeyLength = 21;
export const slotKeyLength = 53;

/** What a key stands for, by its first byte. */
export function leadOf(key: Uint8Array): keyof typeof lead | undefined {
  const names = Object.keys(lead) as (keyof typeof lead)[];
  return names.find((name) => lead[name] === key[0]);
}

/** `a` and the address: an account as RLP of nonce, balance and code hash. */
export function accountKey(address: Uint8Array): Uint8Array {
  return concatenated([Uint8Array.of(lead.account), address]);
}

/** `c` and the hash: code. It is never deleted, since accounts may share it. */
export function codeKey(codeHash: Uint8Array): Uint8Array {
  return concatenated([Uint8Array.of(lead.code), codeHash]);
}

/** `s`, the address and the slot: a value without leading zeros; zero is no value. */
export function slotKey(address: Uint8Array, slot: Uint8Array): Uint8Array {
  return concatenated([Uint8Array.of(lead.slot), address, slot]);
}

export function encodeAccount({ nonce, balance, codeHash }: Account): Uint8Array {
  return rlpList([rlpNumber(nonce), rlpNumber(balance), rlpBytes(codeHash)]);
}

/** Nothing where the bytes are no account. */
export function decodeAccount(bytes: Uint8Array): Account | undefined {
  const items = rlpItems(bytes) ?? [];
  if (items.length !== 3) return undefined;
  const [nonce, balance, codeHash] = items;
  const isFlat = nonce instanceof Uint8Array && balance instanceof Uint8Array;
  if (!isFlat || !(codeHash instanceof Uint8Array) || codeHash.length !== 32) return undefined;
  return { nonce: numberOfBytes(nonce), balance: numberOfBytes(balance), codeHash };
}
