import { concatenated } from "../transition/bytes.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";
import { emptyTrieRoot } from "../transition/trie-root.ts";
import {
  bytesOfNode,
  decodeNode,
  encodeNode,
  type Nibbles,
  nibblesOf,
  type PatriciaNode,
  referenceOf,
} from "./patricia-node.ts";

/** One changed leaf, by the hash that is its key; null deletes. */
export interface LeafChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Where nodes are kept. */
export interface NodePlace {
  get(key: Uint8Array): Promise<Uint8Array | null>;
  put(key: Uint8Array, value: Uint8Array | null): void;
}

interface PathChange {
  readonly path: Nibbles;
  readonly value: Uint8Array | null;
}

type Branch = Extract<PatriciaNode, { readonly kind: "branch" }>;

/**
 * A Merkle-Patricia trie whose nodes are kept by their paths. A change reads and writes the nodes on the
 * path of its key. No key is the beginning of another.
 */
export class PatriciaTrie {
  readonly #place: NodePlace;
  /** What the keys of all its nodes begin with. */
  readonly #prefix: Uint8Array;
  readonly #keccak256: Keccak256;

  constructor(
    place: NodePlace,
    options: { readonly prefix: Uint8Array; readonly keccak256: Keccak256 },
  ) {
    this.#place = place;
    this.#prefix = options.prefix;
    this.#keccak256 = options.keccak256;
  }

  /** 32 bytes. */
  async root(): Promise<Uint8Array> {
    return this.#rootOf(await this.#read(noNibbles));
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    const path = nibblesOf(key);
    let depth = 0;
    for (;;) {
      const node = await this.#read(path.subarray(0, depth));
      if (node === null) return null;
      const own = node.kind === "leaf" ? node.rest : node.extension;
      if (sharedLength(own, path.subarray(depth)) < own.length) return null;
      if (node.kind === "leaf") return node.value;
      depth += own.length + 1;
    }
  }

  /** Applies changes of different keys; answers the root. */
  async update(changes: readonly LeafChange[]): Promise<Uint8Array> {
    if (changes.length === 0) return this.root();
    const before = await this.#read(noNibbles);
    const paths = changes.map(({ key, value }) => ({ path: nibblesOf(key), value }));
    const after = await this.#applied(before, noNibbles, paths);
    this.#write(noNibbles, after, before);
    return this.#rootOf(after);
  }

  #rootOf(node: PatriciaNode | null): Uint8Array {
    return node === null ? emptyTrieRoot : this.#keccak256(bytesOfNode(node, this.#keccak256));
  }

  /** The node at `at` after the changes below it. */
  async #applied(
    node: PatriciaNode | null,
    at: Nibbles,
    changes: readonly PathChange[],
  ): Promise<PatriciaNode | null> {
    if (node?.kind !== "branch") return this.#built(at, leavesOf(node, at, changes));
    const { extension } = node;
    const shared = (each: PathChange) => sharedLength(extension, each.path.subarray(at.length));
    const splits = changes.filter((each) => each.value !== null).map(shared);
    const length = Math.min(extension.length, ...splits);
    const below = changes.filter((each) => shared(each) >= length);
    const branch = length < extension.length ? this.#split(node, at, length) : node;
    return this.#inBranch(branch, at, below);
  }

  /** Leaves make a leaf, or a branch where the first of them part. */
  #built(at: Nibbles, leaves: readonly PathChange[]): PatriciaNode | null {
    const [first] = leaves;
    if (first === undefined) return null;
    const rest = first.path.slice(at.length);
    if (leaves.length === 1) return { kind: "leaf", rest, value: first.value as Uint8Array };
    const lengths = leaves.map(({ path }) => sharedLength(rest, path.subarray(at.length)));
    const extension = rest.slice(0, Math.min(...lengths));
    const depth = at.length + extension.length;
    const children: (Uint8Array | null)[] = new Array(16).fill(null);
    for (const [digit, group] of groupByDigit(leaves, depth)) {
      const path = first.path.slice(0, depth + 1);
      path[depth] = digit;
      const child = this.#built(path, group) as PatriciaNode;
      this.#write(path, child, null);
      children[digit] = referenceOf(child, this.#keccak256);
    }
    return { kind: "branch", extension, children };
  }

  /** A branch whose extension is cut at `length`; what follows is a child of its own. */
  #split(node: Branch, at: Nibbles, length: number): Branch {
    const digit = node.extension[length] as number;
    const lower: Branch = { ...node, extension: node.extension.slice(length + 1) };
    const children: (Uint8Array | null)[] = new Array(16).fill(null);
    children[digit] = referenceOf(lower, this.#keccak256);
    this.#write(concatenated([at, node.extension.subarray(0, length + 1)]), lower, null);
    return { kind: "branch", extension: node.extension.slice(0, length), children };
  }

  async #inBranch(
    node: Branch,
    at: Nibbles,
    changes: readonly PathChange[],
  ): Promise<PatriciaNode | null> {
    const base = concatenated([at, node.extension]);
    const children = [...node.children];
    for (const [digit, group] of groupByDigit(changes, base.length)) {
      const path = concatenated([base, Uint8Array.of(digit)]);
      const before = children[digit] === null ? null : await this.#read(path);
      const after = await this.#applied(before, path, group);
      this.#write(path, after, before);
      children[digit] = after === null ? null : referenceOf(after, this.#keccak256);
    }
    return this.#collapsed({ ...node, children }, base);
  }

  /** A branch with a single child becomes a part of that child. */
  async #collapsed(node: Branch, base: Nibbles): Promise<PatriciaNode | null> {
    const present = [...node.children.keys()].filter((digit) => node.children[digit] !== null);
    const [only] = present;
    if (only === undefined) return null;
    if (present.length > 1) return node;
    const path = concatenated([base, Uint8Array.of(only)]);
    const child = (await this.#read(path)) as PatriciaNode;
    this.#write(path, null, child);
    const way = concatenated([node.extension, Uint8Array.of(only)]);
    if (child.kind === "leaf") return { ...child, rest: concatenated([way, child.rest]) };
    return { ...child, extension: concatenated([way, child.extension]) };
  }

  async #read(path: Nibbles): Promise<PatriciaNode | null> {
    const bytes = await this.#place.get(concatenated([this.#prefix, path]));
    return bytes === null ? null : decodeNode(bytes);
  }

  #write(path: Nibbles, node: PatriciaNode | null, before: PatriciaNode | null): void {
    if (node === null && before === null) return;
    this.#place.put(concatenated([this.#prefix, path]), node && encodeNode(node));
  }
}

const noNibbles: Nibbles = new Uint8Array(0);

/** What is there below `at` afterwards, where there was one leaf or none. */
function leavesOf(
  before: Extract<PatriciaNode, { readonly kind: "leaf" }> | null,
  at: Nibbles,
  changes: readonly PathChange[],
): readonly PathChange[] {
  const leaves = changes.filter((each) => each.value !== null);
  if (before === null) return leaves;
  const path = concatenated([at, before.rest]);
  const isChanged = changes.some((each) => sharedLength(each.path, path) === path.length);
  return isChanged ? leaves : [...leaves, { path, value: before.value }];
}

function groupByDigit(
  changes: readonly PathChange[],
  depth: number,
): ReadonlyMap<number, PathChange[]> {
  return Map.groupBy(changes, ({ path }) => path[depth] as number);
}

function sharedLength(left: Nibbles, right: Nibbles): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return length;
}
