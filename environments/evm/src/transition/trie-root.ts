import { rlpBytes, rlpList } from "./rlp.ts";
import type { Keccak256 } from "./transition-crypto.ts";

/** A leaf of a Merkle-Patricia trie: the value is what the leaf holds, mostly an RLP item. */
export interface TrieEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Root of the trie without entries: keccak-256 of the empty byte string's RLP. */
export const emptyTrieRoot: Uint8Array = Uint8Array.from(
  Buffer.from("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", "hex"),
);

/**
 * Root of the Merkle-Patricia trie of these entries (appendix D of the Yellow Paper), built in one pass
 * over the sorted keys. No key is twice there, and none is the beginning of another.
 */
export function trieRoot(entries: readonly TrieEntry[], keccak256: Keccak256): Uint8Array {
  if (entries.length === 0) return emptyTrieRoot;
  const sorted = entries.toSorted((left, right) => Buffer.compare(left.key, right.key));
  return keccak256(nodeOf(sorted, { from: 0, to: sorted.length, depth: 0, keccak256 }));
}

interface Part {
  readonly from: number;
  readonly to: number;
  /** Nibbles of the key that the way to here has used. */
  readonly depth: number;
  readonly keccak256: Keccak256;
}

function nodeOf(entries: readonly TrieEntry[], part: Part): Uint8Array {
  const first = entries[part.from] as TrieEntry;
  if (part.to - part.from === 1) {
    const path = hexPrefix(first.key, { from: part.depth, to: first.key.length * 2, isLeaf: true });
    return rlpList([rlpBytes(path), rlpBytes(first.value)]);
  }
  const last = entries[part.to - 1] as TrieEntry;
  let depth = part.depth;
  while (nibbleAt(first.key, depth) === nibbleAt(last.key, depth)) depth++;
  if (depth === part.depth) return branchOf(entries, part);
  const path = hexPrefix(first.key, { from: part.depth, to: depth, isLeaf: false });
  const branch = branchOf(entries, { ...part, depth });
  return rlpList([rlpBytes(path), reference(branch, part.keccak256)]);
}

const absent: Uint8Array = Uint8Array.of(0x80);

function branchOf(entries: readonly TrieEntry[], part: Part): Uint8Array {
  const children: Uint8Array[] = new Array(17).fill(absent);
  let from = part.from;
  while (from < part.to) {
    const nibble = nibbleAt((entries[from] as TrieEntry).key, part.depth);
    let to = from + 1;
    while (to < part.to && nibbleAt((entries[to] as TrieEntry).key, part.depth) === nibble) to++;
    const child = nodeOf(entries, { ...part, from, to, depth: part.depth + 1 });
    children[nibble] = reference(child, part.keccak256);
    from = to;
  }
  return rlpList(children);
}

/** A node stands in its parent as itself where it is shorter than its hash. */
function reference(node: Uint8Array, keccak256: Keccak256): Uint8Array {
  return node.length < 32 ? node : rlpBytes(keccak256(node));
}

function nibbleAt(key: Uint8Array, index: number): number {
  const byte = key[index >> 1] as number;
  return index % 2 === 0 ? byte >> 4 : byte & 15;
}

function hexPrefix(
  key: Uint8Array,
  { from, to, isLeaf }: { from: number; to: number; isLeaf: boolean },
): Uint8Array {
  const isOdd = (to - from) % 2 === 1;
  const path = new Uint8Array(1 + ((to - from) >> 1));
  path[0] = (isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | nibbleAt(key, from) : 0);
  let at = isOdd ? from + 1 : from;
  for (let index = 1; index < path.length; index++, at += 2) {
    path[index] = (nibbleAt(key, at) << 4) | nibbleAt(key, at + 1);
  }
  return path;
}
