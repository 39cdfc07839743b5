import { sharedCrypto } from "../crypto/shared-crypto.ts";
import type { Account } from "../engine.ts";
import { isBlockKey } from "../environment/block-keys.ts";
import {
  accountKeyLength,
  decodeAccount,
  leadOf,
  slotKeyLength,
} from "../environment/state-keys.ts";
import { concatenated, hexOfBytes, packed, trimmed } from "../transition/bytes.ts";
import { rlpBytes, rlpDecoded, rlpList, rlpNumber } from "../transition/rlp.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";
import { emptyTrieRoot } from "../transition/trie-root.ts";
import { type LeafChange, type NodePlace, PatriciaTrie } from "./patricia-trie.ts";

/** One changed key of a state; null deletes. */
interface KeyChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

interface CommitmentStep {
  readonly root: string;
  readonly changes: readonly KeyChange[];
  readonly nodes: { get(key: Uint8Array): Promise<Uint8Array | null> };
}

/** A ledger's way to commit to its state; the ledger's `StateCommitment` has this shape. */
export interface PatriciaCommitment {
  readonly name: string;
  readonly emptyRoot: string;
  update(
    step: CommitmentStep,
  ): Promise<{ readonly root: string; readonly nodes: readonly KeyChange[] }>;
}

/**
 * Ethereum's own commitment: the root of the state trie that nodes compute, over the accounts and slots among
 * the keys. Code is committed to by its hash in the account, and what is kept of blocks is no part of it. A key of any other kind is a leaf of its own, so
 * that the root stands for all keys.
 */
export const patriciaCommitment: PatriciaCommitment = {
  name: "ethereum-patricia",
  emptyRoot: textOf(emptyTrieRoot),
  async update({ changes, nodes }) {
    const { keccak256 } = await sharedCrypto();
    const place = new ChangedNodes(nodes);
    const root = await new PatriciaStep(place, keccak256).run(changes);
    return { root: textOf(root), nodes: place.changes() };
  },
};

/** First bytes of the keys of nodes, by trie. */
const lead = { accounts: 0x61, storage: 0x73, foreign: 0x78 } as const;

class PatriciaStep {
  readonly #place: NodePlace;
  readonly #keccak256: Keccak256;
  readonly #accounts: PatriciaTrie;

  constructor(place: NodePlace, keccak256: Keccak256) {
    this.#place = place;
    this.#keccak256 = keccak256;
    this.#accounts = this.#trie(Uint8Array.of(lead.accounts));
  }

  async run(changes: readonly KeyChange[]): Promise<Uint8Array> {
    const { accounts, slots, others } = sorted(changes);
    const leaves: LeafChange[] = others.map(({ key, value }) => ({
      key: this.#keccak256(concatenated([Uint8Array.of(lead.foreign), key])),
      value: value && rlpBytes(value),
    }));
    for (const [name, ofAccount] of slots) {
      const hash = this.#keccak256(bytesOfName(name));
      const root = await this.#storage(hash).update(ofAccount.map((each) => this.#slot(each)));
      const leaf = accounts.has(name) ? null : await this.#withStorage(hash, root);
      if (leaf !== null) leaves.push({ key: hash, value: leaf });
    }
    for (const [name, value] of accounts) {
      const hash = this.#keccak256(bytesOfName(name));
      leaves.push({ key: hash, value: value && (await this.#account(hash, value)) });
    }
    return this.#accounts.update(leaves);
  }

  #slot({ key, value }: KeyChange): LeafChange {
    const slot = key.subarray(accountKeyLength);
    return { key: this.#keccak256(slot), value: value && rlpBytes(trimmed(value)) };
  }

  async #account(hash: Uint8Array, value: Uint8Array): Promise<Uint8Array> {
    const account = decodeAccount(value);
    if (account === undefined) return rlpBytes(value);
    return accountLeaf(account, await this.#storage(hash).root());
  }

  /** The leaf of an account of which only storage changed. */
  async #withStorage(hash: Uint8Array, root: Uint8Array): Promise<Uint8Array | null> {
    const leaf = await this.#accounts.get(hash);
    const items = leaf && rlpDecoded(leaf);
    if (items === null || items instanceof Uint8Array || items.length !== 4) return null;
    const [nonce, balance, , codeHash] = items as readonly Uint8Array[];
    return rlpList([nonce, balance, root, codeHash].map((each) => rlpBytes(each as Uint8Array)));
  }

  #storage(hash: Uint8Array): PatriciaTrie {
    return this.#trie(concatenated([Uint8Array.of(lead.storage), hash]));
  }

  #trie(prefix: Uint8Array): PatriciaTrie {
    return new PatriciaTrie(this.#place, { prefix, keccak256: this.#keccak256 });
  }
}

/** Nodes as they were, under those that changed. */
class ChangedNodes implements NodePlace {
  readonly #before: CommitmentStep["nodes"];
  readonly #changed = new Map<string, KeyChange>();

  constructor(before: CommitmentStep["nodes"]) {
    this.#before = before;
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    const changed = this.#changed.get(packed(key));
    return changed === undefined ? this.#before.get(key) : changed.value;
  }

  put(key: Uint8Array, value: Uint8Array | null): void {
    this.#changed.set(packed(key), { key, value });
  }

  changes(): readonly KeyChange[] {
    return [...this.#changed.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }
}

interface SortedChanges {
  /** By address, packed. */
  readonly accounts: ReadonlyMap<string, Uint8Array | null>;
  readonly slots: ReadonlyMap<string, readonly KeyChange[]>;
  readonly others: readonly KeyChange[];
}

function sorted(changes: readonly KeyChange[]): SortedChanges {
  const accounts = new Map<string, Uint8Array | null>();
  const slots = new Map<string, KeyChange[]>();
  const others: KeyChange[] = [];
  for (const change of changes) {
    const { key, value } = change;
    const kind = leadOf(key);
    const name = packed(key.subarray(1, accountKeyLength));
    if (kind === "account" && key.length === accountKeyLength) accounts.set(name, value);
    else if (kind === "slot" && key.length === slotKeyLength) {
      slots.set(name, [...(slots.get(name) ?? []), change]);
    } else if (kind !== "code" && !isBlockKey(key)) others.push(change);
  }
  return { accounts, slots, others };
}

function accountLeaf({ nonce, balance, codeHash }: Account, storageRoot: Uint8Array): Uint8Array {
  const numbers = [rlpNumber(nonce), rlpNumber(balance)];
  return rlpList([...numbers, rlpBytes(storageRoot), rlpBytes(codeHash)]);
}

function bytesOfName(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}

function textOf(root: Uint8Array): string {
  return `0x${hexOfBytes(root)}`;
}
