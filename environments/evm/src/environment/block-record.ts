import { numberOfBytes } from "../transition/bytes.ts";
import { rlpBytes, rlpItems, rlpList, rlpNumber } from "../transition/rlp.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";

/** The header of a block, as far as the next one and its transactions need it. */
export interface BlockRecord {
  readonly number: bigint;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly gasLimit: bigint;
  /** Wei per gas. */
  readonly baseFee: bigint;
  readonly prevRandao: Uint8Array;
  readonly parentHash: Uint8Array;
  /** Absent while the block is open. */
  readonly gasUsed?: bigint | undefined;
}

export function encodeBlock(block: BlockRecord): Uint8Array {
  return rlpList(fieldsOf(block));
}

/** Nothing where the bytes are no block. */
export function decodeBlock(bytes: Uint8Array): BlockRecord | undefined {
  const items = rlpItems(bytes) ?? [];
  if (items.length < 6 || items.length > 7) return undefined;
  if (!items.every((each) => each instanceof Uint8Array)) return undefined;
  const [number, timestamp, gasLimit, baseFee, prevRandao, parentHash, gasUsed] = items;
  const isWhole = prevRandao?.length === 32 && parentHash?.length === 32;
  if (!isWhole || !number || !timestamp || !gasLimit || !baseFee) return undefined;
  return {
    number: numberOfBytes(number),
    timestamp: numberOfBytes(timestamp),
    gasLimit: numberOfBytes(gasLimit),
    baseFee: numberOfBytes(baseFee),
    prevRandao,
    parentHash,
    ...(gasUsed !== undefined && { gasUsed: numberOfBytes(gasUsed) }),
  };
}

/** Keccak-256 of the closed header and the state root that the block left. */
export function blockHashOf(
  block: BlockRecord,
  { root, keccak256 }: { readonly root: Uint8Array; readonly keccak256: Keccak256 },
): Uint8Array {
  return keccak256(rlpList([...fieldsOf(block), rlpBytes(root)]));
}

/** What lies under a block's place among the hashes. */
export function encodeHash(number: bigint, hash: Uint8Array): Uint8Array {
  return rlpList([rlpNumber(number), rlpBytes(hash)]);
}

/** The hash, where it is of the block with this number. */
export function decodeHash(bytes: Uint8Array, number: bigint): Uint8Array | undefined {
  const [found, hash] = rlpItems(bytes) ?? [];
  if (!(found instanceof Uint8Array) || !(hash instanceof Uint8Array)) return undefined;
  return numberOfBytes(found) === number && hash.length === 32 ? hash : undefined;
}

function fieldsOf(block: BlockRecord): readonly Uint8Array[] {
  const { number, timestamp, gasLimit, baseFee, prevRandao, parentHash, gasUsed } = block;
  return [
    ...[number, timestamp, gasLimit, baseFee].map(rlpNumber),
    rlpBytes(prevRandao),
    rlpBytes(parentHash),
    ...(gasUsed === undefined ? [] : [rlpNumber(gasUsed)]),
  ];
}
