import { raise } from "@bedplate/errors";
import { rlpBytes, rlpDecoded, rlpList } from "../transition/rlp.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";

/** Digits of four bits, one a byte. */
export type Nibbles = Uint8Array;

/**
 * A node of a Merkle-Patricia trie as it is kept under its path. An extension and the branch behind it are
 * one node here; a child lies at the branch's path and its own digit.
 */
export type PatriciaNode =
  | { readonly kind: "leaf"; readonly rest: Nibbles; readonly value: Uint8Array }
  | {
      readonly kind: "branch";
      /** Digits that all keys below share. */
      readonly extension: Nibbles;
      /** How the parent's bytes show each of 16 children: a hash, or the whole of a short node. */
      readonly children: readonly (Uint8Array | null)[];
    };

const fanOut = 16;
const empty: Uint8Array = Uint8Array.of(0x80);

/** How a node stands in its parent: as itself where it is shorter than its hash. */
export function referenceOf(node: PatriciaNode, keccak256: Keccak256): Uint8Array {
  const bytes = bytesOfNode(node, keccak256);
  return bytes.length < 32 ? bytes : rlpBytes(keccak256(bytes));
}

/** The node's bytes in the trie (appendix D of the Yellow Paper). */
export function bytesOfNode(node: PatriciaNode, keccak256: Keccak256): Uint8Array {
  if (node.kind === "leaf") {
    return rlpList([rlpBytes(hexPrefix(node.rest, { isLeaf: true })), rlpBytes(node.value)]);
  }
  const branch = rlpList([...node.children.map((child) => child ?? empty), empty]);
  if (node.extension.length === 0) return branch;
  const reference = branch.length < 32 ? branch : rlpBytes(keccak256(branch));
  return rlpList([rlpBytes(hexPrefix(node.extension, { isLeaf: false })), reference]);
}

/** The node as it is kept. */
export function encodeNode(node: PatriciaNode): Uint8Array {
  if (node.kind === "leaf") return rlpList([rlpBytes(node.rest), rlpBytes(node.value)]);
  const children = node.children.map((child) => rlpBytes(child ?? new Uint8Array()));
  return rlpList([rlpBytes(node.extension), ...children]);
}

export function decodeNode(bytes: Uint8Array): PatriciaNode {
  const items = rlpDecoded(bytes);
  if (items instanceof Uint8Array) throw corrupt();
  const [first, ...rest] = items.map((item) => {
    if (!(item instanceof Uint8Array)) throw corrupt();
    return item;
  });
  if (first === undefined) throw corrupt();
  const [value] = rest;
  if (rest.length === 1 && value !== undefined) return { kind: "leaf", rest: first, value };
  if (rest.length !== fanOut) throw corrupt();
  const children = rest.map((each) => (each.length === 0 ? null : each));
  return { kind: "branch", extension: first, children };
}

export function nibblesOf(bytes: Uint8Array): Nibbles {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (const [index, byte] of bytes.entries()) {
    nibbles[2 * index] = byte >> 4;
    nibbles[2 * index + 1] = byte & 15;
  }
  return nibbles;
}

function hexPrefix(nibbles: Nibbles, { isLeaf }: { readonly isLeaf: boolean }): Uint8Array {
  const isOdd = nibbles.length % 2 === 1;
  const path = new Uint8Array(1 + (nibbles.length >> 1));
  path[0] = (isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | (nibbles[0] as number) : 0);
  let from = isOdd ? 1 : 0;
  for (let index = 1; index < path.length; index++, from += 2) {
    path[index] = ((nibbles[from] as number) << 4) | (nibbles[from + 1] as number);
  }
  return path;
}

function corrupt(): Error {
  return raise("data.corrupt", {
    op: "evm.commitment",
    detail: { what: "node of the state trie" },
    message: "Cannot read the node of the state trie: its bytes are no node",
  });
}
