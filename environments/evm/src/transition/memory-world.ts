import type { Account, Address, WorldReader } from "../engine.ts";
import { isZero, noBytes, packed, trimmed, zeroWord } from "./bytes.ts";
import { rlpBytes, rlpList, rlpNumber } from "./rlp.ts";
import type { TransactionChanges } from "./transactor.ts";
import type { Keccak256 } from "./transition-crypto.ts";
import { emptyTrieRoot, type TrieEntry, trieRoot } from "./trie-root.ts";

/** An account as a genesis or a test writes it. */
export interface PlainAccount {
  readonly address: Address;
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code: Uint8Array;
  /** Slots and values of 32 bytes; zeros are left out. */
  readonly storage: readonly (readonly [slot: Uint8Array, value: Uint8Array])[];
}

interface Slot {
  readonly slot: Uint8Array;
  readonly value: Uint8Array;
}

/** One account; immutable but for what is remembered of its root. */
interface Leaf {
  readonly address: Address;
  readonly account: Account;
  readonly slots: ReadonlyMap<string, Slot>;
  encoded: Uint8Array | undefined;
}

/** A world in memory. It never changes: `after` gives the next, which shares what stayed the same. */
export class MemoryWorld implements WorldReader {
  readonly #keccak256: Keccak256;
  readonly #leaves: ReadonlyMap<string, Leaf>;
  readonly #codes: ReadonlyMap<string, Uint8Array>;

  private constructor(parts: Parts) {
    this.#keccak256 = parts.keccak256;
    this.#leaves = parts.leaves;
    this.#codes = parts.codes;
  }

  static of(accounts: readonly PlainAccount[], keccak256: Keccak256): MemoryWorld {
    const leaves = new Map<string, Leaf>();
    const codes = new Map<string, Uint8Array>();
    for (const { address, nonce, balance, code, storage } of accounts) {
      const codeHash = keccak256(code);
      if (code.length > 0) codes.set(packed(codeHash), code);
      const slots = new Map<string, Slot>();
      for (const [slot, value] of storage) {
        if (!isZero(value)) slots.set(packed(slot), { slot, value });
      }
      leaves.set(packed(address), leafOf(address, { nonce, balance, codeHash }, slots));
    }
    return new MemoryWorld({ keccak256, leaves, codes });
  }

  account(address: Address): Account | undefined {
    return this.#leaves.get(packed(address))?.account;
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.#codes.get(packed(codeHash)) ?? noBytes;
  }

  storage(address: Address, slot: Uint8Array): Uint8Array {
    const leaf = this.#leaves.get(packed(address));
    if (leaf === undefined || leaf.slots.size === 0) return zeroWord;
    return leaf.slots.get(packed(slot))?.value ?? zeroWord;
  }

  /** The world after these changes. */
  after(changes: TransactionChanges): MemoryWorld {
    const leaves = new Map(this.#leaves);
    const codes = changes.accounts.some(({ code }) => code?.length)
      ? new Map(this.#codes)
      : undefined;
    for (const address of changes.deleted) leaves.delete(packed(address));
    for (const { address, account, code } of changes.accounts) {
      const key = packed(address);
      leaves.set(key, leafOf(address, account, leaves.get(key)?.slots ?? new Map()));
      if (code?.length) codes?.set(packed(account.codeHash), code);
    }
    for (const [key, slots] of slotsAfter(changes, leaves)) {
      const leaf = leaves.get(key);
      if (leaf !== undefined) leaves.set(key, leafOf(leaf.address, leaf.account, slots));
    }
    return new MemoryWorld({ keccak256: this.#keccak256, leaves, codes: codes ?? this.#codes });
  }

  /** The world after an account got 0 wei: it is made where it was not, or an empty one goes (EIP-158). */
  touched(address: Address, { deletesEmpty }: { deletesEmpty: boolean }): MemoryWorld {
    const empty = { nonce: 0n, balance: 0n, codeHash: this.#keccak256(noBytes) };
    const account = this.account(address);
    const nothing: TransactionChanges = { accounts: [], deleted: [], storage: [] };
    if (account === undefined) {
      return deletesEmpty
        ? this
        : this.after({ ...nothing, accounts: [{ address, account: empty }] });
    }
    const isEmpty = account.nonce === 0n && account.balance === 0n;
    const hasCode = this.code(account.codeHash).length > 0;
    if (!deletesEmpty || !isEmpty || hasCode) return this;
    return this.after({ ...nothing, deleted: [address] });
  }

  /** The root of the state trie, 32 bytes. */
  root(): Uint8Array {
    const entries: TrieEntry[] = [];
    for (const leaf of this.#leaves.values()) {
      leaf.encoded ??= this.#encoded(leaf);
      entries.push({ key: this.#keccak256(leaf.address), value: leaf.encoded });
    }
    return trieRoot(entries, this.#keccak256);
  }

  /** Everything that is there, in no particular order. */
  *accounts(): Iterable<PlainAccount> {
    for (const { address, account, slots } of this.#leaves.values()) {
      const storage = [...slots.values()].map(({ slot, value }) => [slot, value] as const);
      const { nonce, balance, codeHash } = account;
      yield { address, nonce, balance, code: this.code(codeHash), storage };
    }
  }

  #encoded({ account, slots }: Leaf): Uint8Array {
    return rlpList([
      rlpNumber(account.nonce),
      rlpNumber(account.balance),
      rlpBytes(this.#storageRoot(slots)),
      rlpBytes(account.codeHash),
    ]);
  }

  #storageRoot(slots: ReadonlyMap<string, Slot>): Uint8Array {
    if (slots.size === 0) return emptyTrieRoot;
    const entries: TrieEntry[] = [];
    for (const { slot, value } of slots.values()) {
      entries.push({ key: this.#keccak256(slot), value: rlpBytes(trimmed(value)) });
    }
    return trieRoot(entries, this.#keccak256);
  }
}

interface Parts {
  readonly keccak256: Keccak256;
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly codes: ReadonlyMap<string, Uint8Array>;
}

function leafOf(address: Address, account: Account, slots: ReadonlyMap<string, Slot>): Leaf {
  const { nonce, balance, codeHash } = account;
  const hasStorage = slots.size > 0;
  return { address, account: { nonce, balance, codeHash, hasStorage }, slots, encoded: undefined };
}

function slotsAfter(
  changes: TransactionChanges,
  leaves: ReadonlyMap<string, Leaf>,
): ReadonlyMap<string, Map<string, Slot>> {
  const changed = new Map<string, Map<string, Slot>>();
  for (const { address, slot, value } of changes.storage) {
    const key = packed(address);
    const slots = changed.get(key) ?? new Map(leaves.get(key)?.slots);
    changed.set(key, slots);
    if (isZero(value)) slots.delete(packed(slot));
    else slots.set(packed(slot), { slot, value });
  }
  return changed;
}
