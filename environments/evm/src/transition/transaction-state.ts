import type {
  Account,
  AccountChange,
  Address,
  StorageChange,
  WorldChanges,
  WorldReader,
} from "../engine.ts";
import { areEqual, noBytes, packed } from "./bytes.ts";
import type { TransactionChanges, TransactionReads } from "./transactor.ts";

interface Entry {
  readonly address: Address;
  /** What the world says; read once. */
  readonly before: Account | undefined;
  after: Account | undefined;
  code: Uint8Array | undefined;
}

/**
 * The world as one transaction sees it: what the transition itself changed lies over what is so. The
 * engine reads through it, and its changes are merged into it.
 */
export class TransactionState implements WorldReader {
  readonly #world: WorldReader;
  readonly #emptyCodeHash: Uint8Array;
  readonly #entries = new Map<string, Entry>();
  readonly #codes = new Map<string, Uint8Array>();
  readonly #touched = new Set<Entry>();
  #storage: readonly StorageChange[] = [];
  #reads: WorldChanges["reads"] = { addresses: [], slots: [] };

  constructor(world: WorldReader, emptyCodeHash: Uint8Array) {
    this.#world = world;
    this.#emptyCodeHash = emptyCodeHash;
  }

  account(address: Address): Account | undefined {
    const entry = this.#entries.get(packed(address));
    return entry === undefined ? this.#world.account(address) : entry.after;
  }

  code(codeHash: Uint8Array): Uint8Array {
    if (areEqual(codeHash, this.#emptyCodeHash)) return noBytes;
    const own = this.#codes.size > 0 ? this.#codes.get(packed(codeHash)) : undefined;
    return own ?? this.#world.code(codeHash);
  }

  storage(address: Address, slot: Uint8Array): Uint8Array {
    return this.#world.storage(address, slot);
  }

  codeOf(address: Address): Uint8Array {
    const account = this.own(address);
    return account === undefined ? noBytes : this.code(account.codeHash);
  }

  /** Reads an account that the transition itself asks for. */
  own(address: Address): Account | undefined {
    return this.#entry(address).after;
  }

  addBalance(address: Address, amount: bigint): void {
    const account = this.own(address) ?? this.#empty();
    this.#set(address, { ...account, balance: account.balance + amount });
  }

  setNonce(address: Address, nonce: bigint): void {
    this.#set(address, { ...(this.own(address) ?? this.#empty()), nonce });
  }

  setCode(address: Address, { code, codeHash }: { code: Uint8Array; codeHash: Uint8Array }): void {
    this.#set(address, { ...(this.own(address) ?? this.#empty()), codeHash });
    this.#entry(address).code = code;
    if (code.length > 0) this.#codes.set(packed(codeHash), code);
  }

  /** Takes over what a message did. */
  merge(changes: WorldChanges): void {
    for (const change of changes.accounts) {
      this.#set(change.address, change.account);
      if (change.code !== undefined) this.#entry(change.address).code = change.code;
    }
    for (const address of changes.touched) this.#touched.add(this.#entry(address));
    this.#storage = changes.storage;
    this.#reads = changes.reads;
  }

  /** Whether anything of the transaction has looked at the account so far. */
  hasRead(address: Address): boolean {
    if (this.#entries.has(packed(address))) return true;
    return this.#reads.addresses.some((each) => areEqual(each, address));
  }

  delete(address: Address): void {
    this.#entry(address).after = undefined;
  }

  /** EIP-158: accounts that were touched and are empty go. */
  deleteEmpty(): void {
    for (const entry of this.#touched) {
      if (entry.after !== undefined && this.#isEmpty(entry.after)) entry.after = undefined;
    }
  }

  changes(): TransactionChanges {
    const accounts: AccountChange[] = [];
    const deleted: Address[] = [];
    for (const { address, before, after, code } of this.#entries.values()) {
      if (after === undefined) {
        if (before !== undefined) deleted.push(address);
      } else if (before === undefined || isDifferent(before, after)) {
        const isCodeNew = before === undefined || !areEqual(before.codeHash, after.codeHash);
        accounts.push({ address, account: after, code: isCodeNew ? code : undefined });
      }
    }
    return { accounts, deleted, storage: this.#storage.filter((change) => this.#isKept(change)) };
  }

  reads(): TransactionReads {
    const own = [...this.#entries.values()].map(({ address }) => address);
    return { addresses: [...own, ...this.#reads.addresses], slots: this.#reads.slots };
  }

  #isKept({ address, original, value }: StorageChange): boolean {
    if (areEqual(original, value)) return false;
    const entry = this.#entries.get(packed(address));
    return entry === undefined || entry.after !== undefined;
  }

  #set(address: Address, account: Account): void {
    const entry = this.#entry(address);
    entry.after = account;
    this.#touched.add(entry);
  }

  #entry(address: Address): Entry {
    const key = packed(address);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const before = this.#world.account(address);
    const entry = { address, before, after: before, code: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #empty(): Account {
    return { nonce: 0n, balance: 0n, codeHash: this.#emptyCodeHash };
  }

  #isEmpty({ nonce, balance, codeHash }: Account): boolean {
    return nonce === 0n && balance === 0n && areEqual(codeHash, this.#emptyCodeHash);
  }
}

function isDifferent(left: Account, right: Account): boolean {
  return (
    left.nonce !== right.nonce ||
    left.balance !== right.balance ||
    !areEqual(left.codeHash, right.codeHash)
  );
}
