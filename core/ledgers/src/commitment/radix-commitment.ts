import { hash } from "node:crypto";
import { raise } from "@bedplate/errors";
import { compareNames, nameOf } from "../byte-name.ts";
import type {
  CommitmentStep,
  CommittedStep,
  KeyChange,
  NodeReader,
  StateCommitment,
} from "./state-commitment.ts";

/**
 * The house's own commitment: a Merkle tree of 16 branches per level over the SHA-256 of the keys.
 *
 * - A leaf stands for one key: `SHA-256(0x00, SHA-256(key), SHA-256(value))`.
 * - A branch stands for two keys or more: `SHA-256(0x01, bitmap of its children (2 bytes), their
 *   hashes in order)`.
 * - A leaf lies at the shortest path (the leading hex digits of its key's hash) that no other key
 *   shares; a branch that is left with one leaf becomes that leaf. So the shape, and with it the
 *   root, depends on the keys and values alone. A branch with a single branch below it stays.
 * - The root of nothing is 32 zero bytes.
 *
 * Nodes are kept under their path: `[0x00, key hash, value hash]` for a leaf, `[0x01, bitmap, child
 * hashes]` for a branch. A step reads and writes the nodes on the paths of the changed keys:
 * O(changes × log16 keys). Hashing the keys keeps the paths even, whatever keys guests choose.
 */
export const radixCommitment: StateCommitment = {
  name: "sha256-radix16",
  emptyRoot: `sha256:${"0".repeat(64)}`,
  update: async (step) => new RadixStep(step.nodes).run(step),
};

interface Leaf {
  readonly keyHash: Buffer;
  readonly valueHash: Buffer;
}

interface HashedChange {
  readonly keyHash: Buffer;
  readonly hex: string;
  /** Null deletes. */
  readonly valueHash: Buffer | null;
}

/** What is at a path: nothing, one leaf, or a branch with the hashes of its children by nibble. */
type Node =
  | { readonly kind: "none" }
  | { readonly kind: "leaf"; readonly leaf: Leaf }
  | { readonly kind: "branch"; readonly children: readonly (Buffer | null)[] };

const none: Node = { kind: "none" };
const hashBytes = 32;
const fanOut = 16;

/** One step over the tree. */
class RadixStep {
  readonly #reader: NodeReader;
  readonly #changed = new Map<string, Uint8Array | null>();

  constructor(reader: NodeReader) {
    this.#reader = reader;
  }

  async run({ changes, root }: CommitmentStep): Promise<CommittedStep> {
    if (changes.length === 0) return { root, nodes: [] };
    const hashed = changes.map(hashChange).sort((a, b) => compareNames(a.hex, b.hex));
    const node = await this.#update("", hashed);
    const nodes = [...this.#changed]
      .sort(([a], [b]) => compareNames(a, b))
      .map(([path, value]) => ({ key: Buffer.from(path, "latin1"), value }));
    return { root: `sha256:${hashOf(node).toString("hex")}`, nodes };
  }

  /** The node at a path after the changes under it; writes what it and its descendants became. */
  async #update(path: string, changes: readonly HashedChange[]): Promise<Node> {
    const before = await this.#read(path);
    const after = await this.#applied(before, path, changes);
    this.#write(path, { before, after });
    return after;
  }

  async #applied(before: Node, path: string, changes: readonly HashedChange[]): Promise<Node> {
    if (before.kind === "branch") return this.#branch(path, before.children, changes);
    const leaves = withLeaf(before, changes);
    const [first, second] = leaves;
    if (first === undefined) return none;
    if (second === undefined) return { kind: "leaf", leaf: first };
    return this.#grow(path, leaves);
  }

  /** A branch where a single leaf or nothing was. */
  #grow(path: string, leaves: readonly Leaf[]): Node {
    const children = emptyChildren();
    for (const [nibble, group] of groupBy(leaves, (leaf) => nibbleOf(leaf.keyHash, path.length))) {
      const childPath = path + String.fromCharCode(nibble);
      const [only] = group;
      const child: Node =
        group.length === 1 && only !== undefined
          ? { kind: "leaf", leaf: only }
          : this.#grow(childPath, group);
      this.#write(childPath, { before: none, after: child });
      children[nibble] = hashOf(child);
    }
    return { kind: "branch", children };
  }

  async #branch(
    path: string,
    before: readonly (Buffer | null)[],
    changes: readonly HashedChange[],
  ): Promise<Node> {
    const children = [...before];
    const touched = new Map<number, Node>();
    const groups = groupBy(changes, (change) => nibbleOf(change.keyHash, path.length));
    await Promise.all(
      [...groups].map(async ([nibble, group]) => {
        const child = await this.#update(path + String.fromCharCode(nibble), group);
        touched.set(nibble, child);
        children[nibble] = child.kind === "none" ? null : hashOf(child);
      }),
    );
    return this.#collapsed(path, children, touched);
  }

  /** A branch that is left with one leaf becomes that leaf. */
  async #collapsed(
    path: string,
    children: readonly (Buffer | null)[],
    touched: ReadonlyMap<number, Node>,
  ): Promise<Node> {
    const present = [...children.keys()].filter((nibble) => children[nibble] !== null);
    const [only] = present;
    if (only === undefined) return none;
    if (present.length > 1) return { kind: "branch", children };
    const childPath = path + String.fromCharCode(only);
    const child = touched.get(only) ?? (await this.#read(childPath));
    if (child.kind !== "leaf") return { kind: "branch", children };
    this.#changed.set(childPath, null);
    return child;
  }

  async #read(path: string): Promise<Node> {
    const bytes = await this.#reader.get(Buffer.from(path, "latin1"));
    return bytes === null ? none : decodeNode(Buffer.from(bytes), path);
  }

  #write(path: string, { before, after }: { readonly before: Node; readonly after: Node }): void {
    if (after.kind === "none") {
      if (before.kind !== "none") this.#changed.set(path, null);
      return;
    }
    this.#changed.set(path, encodeNode(after));
  }
}

function hashChange({ key, value }: KeyChange): HashedChange {
  const keyHash = sha256(key);
  return { keyHash, hex: nameOf(keyHash), valueHash: value === null ? null : sha256(value) };
}

/** The leaves under a path that had one leaf or none. */
function withLeaf(before: Node, changes: readonly HashedChange[]): readonly Leaf[] {
  const leaves = changes.flatMap(({ keyHash, valueHash }) =>
    valueHash === null ? [] : [{ keyHash, valueHash }],
  );
  if (before.kind !== "leaf") return leaves;
  const { leaf } = before;
  const isChanged = changes.some(({ keyHash }) => keyHash.equals(leaf.keyHash));
  return isChanged ? leaves : [...leaves, leaf];
}

function groupBy<T>(items: readonly T[], nibble: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const at = nibble(item);
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [item]);
    else group.push(item);
  }
  return groups;
}

function hashOf(node: Node): Buffer {
  if (node.kind === "none") return Buffer.alloc(hashBytes);
  return sha256(encodeNode(node));
}

function encodeNode(node: Exclude<Node, { readonly kind: "none" }>): Buffer {
  if (node.kind === "leaf") {
    return Buffer.concat([Buffer.from([0]), node.leaf.keyHash, node.leaf.valueHash]);
  }
  let bitmap = 0;
  const hashes: Buffer[] = [];
  for (const [nibble, child] of node.children.entries()) {
    if (child === null) continue;
    bitmap |= 1 << nibble;
    hashes.push(child);
  }
  return Buffer.concat([Buffer.from([1, bitmap >> 8, bitmap & 0xff]), ...hashes]);
}

function decodeNode(bytes: Buffer, path: string): Node {
  const kind = bytes[0];
  if (kind === 0 && bytes.length === 1 + 2 * hashBytes) {
    const keyHash = bytes.subarray(1, 1 + hashBytes);
    return { kind: "leaf", leaf: { keyHash, valueHash: bytes.subarray(1 + hashBytes) } };
  }
  if (kind !== 1) throw corrupt(path);
  const bitmap = bytes.readUInt16BE(1);
  const children = emptyChildren();
  let at = 3;
  for (let nibble = 0; nibble < fanOut; nibble++) {
    if ((bitmap & (1 << nibble)) === 0) continue;
    children[nibble] = bytes.subarray(at, at + hashBytes);
    at += hashBytes;
  }
  if (at !== bytes.length) throw corrupt(path);
  return { kind: "branch", children };
}

function emptyChildren(): (Buffer | null)[] {
  return new Array<Buffer | null>(fanOut).fill(null);
}

function nibbleOf(hashed: Buffer, depth: number): number {
  const byte = hashed[depth >> 1] ?? 0;
  return depth % 2 === 0 ? byte >> 4 : byte & 15;
}

function sha256(bytes: Uint8Array): Buffer {
  return hash("sha256", bytes, "buffer");
}

function corrupt(path: string): Error {
  const what = `commitment node ${Buffer.from(path, "latin1").toString("hex")}`;
  return raise("data.corrupt", {
    op: "ledgers.commitment",
    detail: { what },
    message: `Cannot read the ${what}: its bytes are no node`,
  });
}
