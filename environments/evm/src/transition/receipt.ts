import type { Log } from "../engine.ts";
import { concatenated } from "./bytes.ts";
import { rlpBytes, rlpList, rlpNumber } from "./rlp.ts";
import type { Receipt } from "./transactor.ts";
import type { Keccak256 } from "./transition-crypto.ts";
import { trieRoot } from "./trie-root.ts";

/** Keccak-256 of the list of logs. */
export function logsHash(logs: readonly Log[], keccak256: Keccak256): Uint8Array {
  return keccak256(rlpList(logs.map(encodedLog)));
}

function encodedLog({ address, topics, data }: Log): Uint8Array {
  return rlpList([rlpBytes(address), rlpList(topics.map(rlpBytes)), rlpBytes(data)]);
}

/** 256 bytes in which three bits stand for each address and topic. */
export function bloomOf(logs: readonly Log[], keccak256: Keccak256): Uint8Array {
  const bloom = new Uint8Array(256);
  for (const { address, topics } of logs) {
    for (const item of [address, ...topics]) addToBloom(bloom, keccak256(item));
  }
  return bloom;
}

function addToBloom(bloom: Uint8Array, hash: Uint8Array): void {
  for (const at of [0, 2, 4]) {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047;
    const index = 255 - (bit >> 3);
    bloom[index] = (bloom[index] ?? 0) | (1 << (bit & 7));
  }
}

export interface ReceiptPlace {
  /** Gas of the block up to and with this transaction. */
  readonly cumulativeGasUsed: bigint;
  /** Before Byzantium the state root stands where the status does now. */
  readonly root?: Uint8Array | undefined;
  readonly keccak256: Keccak256;
}

export function encodeReceipt(receipt: Receipt, place: ReceiptPlace): Uint8Array {
  const status = rlpNumber(receipt.isSuccess ? 1n : 0n);
  const fields = rlpList([
    place.root === undefined ? status : rlpBytes(place.root),
    rlpNumber(place.cumulativeGasUsed),
    rlpBytes(bloomOf(receipt.logs, place.keccak256)),
    rlpList(receipt.logs.map(encodedLog)),
  ]);
  return receipt.type === 0 ? fields : concatenated([Uint8Array.of(receipt.type), fields]);
}

/** Root of the trie that holds items under their positions: transactions, receipts, withdrawals. */
export function listRoot(items: readonly Uint8Array[], keccak256: Keccak256): Uint8Array {
  const entries = items.map((value, index) => ({ key: rlpNumber(BigInt(index)), value }));
  return trieRoot(entries, keccak256);
}
