import { hexOfBytes } from "../transition/bytes.ts";

/**
 * What a ledger's state holds about blocks lies under keys that begin so. It is no part of Ethereum's
 * state, and of no root; in a chain of its own it would be the block's header.
 */
const prefix = "evm/";

/** How many blocks back BLOCKHASH looks. */
export const hashesKept = 256n;

/** Where the last block of a chain is: its header, open or closed. */
export function blockKey(chainId: bigint): Uint8Array {
  return bytesOf(`${prefix}block/${chainId}`);
}

/** Where the hash of a block is, with its number: 256 places, used again and again. */
export function blockHashKey(chainId: bigint, number: bigint): Uint8Array {
  return bytesOf(`${prefix}hash/${chainId}/${number % hashesKept}`);
}

/** Wei that a block has paid to an account and that its balance does not show yet. */
export function tipsKey(coinbase: Uint8Array): Uint8Array {
  return bytesOf(`${prefix}tips/${hexOfBytes(coinbase)}`);
}

export function isBlockKey(key: Uint8Array): boolean {
  return Buffer.from(key.subarray(0, prefix.length)).toString("latin1") === prefix;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
