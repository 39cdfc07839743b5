import type { StateManagerInterface } from "@ethereumjs/common";
import { Account, type Address } from "@ethereumjs/util";
import type { AccountChange, StorageChange, WorldReader } from "../engine.ts";
import { areEqual, isZero, noBytes, packed, trimmed, wordOfBytes } from "../transition/bytes.ts";
import type { TransactionChanges, TransactionReads } from "../transition/transactor.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";

interface Slot {
  readonly address: Uint8Array;
  readonly slot: Uint8Array;
  readonly original: Uint8Array;
  value: Uint8Array;
}

/** What stands for the storage root of an account that has storage; nobody reads more of it. */
const someStorageRoot = new Uint8Array(32).fill(1);

type AccountFields = Parameters<StateManagerInterface["modifyAccountFields"]>[1];

/**
 * The world of one transaction in the shape that the reference implementation asks for: what is changed
 * lies over what is so, with an undo log for its checkpoints. `begin` is called before each transaction.
 */
export class ReferenceState implements StateManagerInterface {
  readonly originalStorageCache: StateManagerInterface["originalStorageCache"] = {
    get: async (address, key) => this.#original(address.bytes, key),
    clear: () => undefined,
  };
  readonly #keccak256: Keccak256;
  #world: WorldReader | undefined;
  #accounts = new Map<string, { address: Uint8Array; account: Account | undefined }>();
  #codes = new Map<string, Uint8Array>();
  #storage = new Map<string, Slot>();
  #cleared = new Set<string>();
  #undo: (() => void)[] = [];
  #checkpoints: number[] = [];
  #readAddresses = new Map<string, Uint8Array>();
  #readSlots = new Map<string, { address: Uint8Array; slot: Uint8Array }>();

  constructor(keccak256: Keccak256) {
    this.#keccak256 = keccak256;
  }

  begin(world: WorldReader): void {
    this.#world = world;
    this.#accounts = new Map();
    this.#codes = new Map();
    this.#storage = new Map();
    this.#cleared = new Set();
    this.#undo = [];
    this.#checkpoints = [];
    this.#readAddresses = new Map();
    this.#readSlots = new Map();
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const known = this.#accounts.get(packed(address.bytes));
    if (known !== undefined) return copied(known.account);
    return this.#before(address.bytes);
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.#set(this.#accounts, packed(address.bytes), {
      address: address.bytes,
      account: copied(account),
    });
  }

  async deleteAccount(address: Address): Promise<void> {
    await this.putAccount(address, undefined);
    await this.clearStorage(address);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    await this.putAccount(address, Object.assign(account, fields));
  }

  async putCode(address: Address, value: Uint8Array): Promise<void> {
    const codeHash = this.#keccak256(value);
    this.#set(this.#codes, packed(codeHash), value);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const account = await this.getAccount(address);
    if (account === undefined || !account.isContract()) return noBytes;
    return this.#codes.get(packed(account.codeHash)) ?? this.#reader().code(account.codeHash);
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const name = packed(address.bytes) + packed(key);
    const known = this.#storage.get(name);
    return trimmed(known?.value ?? this.#original(address.bytes, key));
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const name = packed(address.bytes) + packed(key);
    const original = this.#original(address.bytes, key);
    const slot = { address: address.bytes, slot: key, original, value: wordOfBytes(value) };
    this.#set(this.#storage, name, slot);
  }

  async clearStorage(address: Address): Promise<void> {
    const key = packed(address.bytes);
    if (!this.#cleared.has(key)) {
      this.#cleared.add(key);
      this.#undo.push(() => this.#cleared.delete(key));
    }
    for (const [name, slot] of this.#storage) {
      if (!name.startsWith(key) || isZero(slot.value)) continue;
      this.#set(this.#storage, name, { ...slot, value: new Uint8Array(32) });
    }
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length);
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop();
  }

  async revert(): Promise<void> {
    const length = this.#checkpoints.pop() ?? 0;
    while (this.#undo.length > length) this.#undo.pop()?.();
  }

  /** Receipts of old forks hold a root; it is the caller's to compute. */
  async getStateRoot(): Promise<Uint8Array> {
    return new Uint8Array(32);
  }

  async setStateRoot(): Promise<void> {}

  async hasStateRoot(): Promise<boolean> {
    return true;
  }

  clearCaches(): void {}

  shallowCopy(): StateManagerInterface {
    return new ReferenceState(this.#keccak256);
  }

  changes(): TransactionChanges {
    const accounts: AccountChange[] = [];
    const deleted: Uint8Array[] = [];
    for (const { address, account } of this.#accounts.values()) {
      const before = this.#reader().account(address);
      if (account === undefined) {
        if (before !== undefined) deleted.push(address);
        continue;
      }
      const { nonce, balance, codeHash } = account;
      const isCodeSame = before !== undefined && areEqual(before.codeHash, codeHash);
      if (isCodeSame && before.nonce === nonce && before.balance === balance) continue;
      const code = isCodeSame ? undefined : this.#codes.get(packed(codeHash));
      accounts.push({ address, account: { nonce, balance, codeHash }, code });
    }
    return { accounts, deleted, storage: this.#changedSlots() };
  }

  reads(): TransactionReads {
    return { addresses: [...this.#readAddresses.values()], slots: [...this.#readSlots.values()] };
  }

  #changedSlots(): readonly StorageChange[] {
    return [...this.#storage.values()].filter(({ address, original, value }) => {
      const known = this.#accounts.get(packed(address));
      const isThere = known === undefined || known.account !== undefined;
      return isThere && !areEqual(original, value);
    });
  }

  #reader(): WorldReader {
    if (this.#world === undefined) throw new Error("Cannot read the world: none was begun with");
    return this.#world;
  }

  #before(address: Uint8Array): Account | undefined {
    this.#readAddresses.set(packed(address), address);
    const account = this.#reader().account(address);
    if (account === undefined) return undefined;
    const root = account.hasStorage === true ? someStorageRoot : undefined;
    return new Account(account.nonce, account.balance, root, account.codeHash);
  }

  #original(address: Uint8Array, slot: Uint8Array): Uint8Array {
    const key = packed(address);
    if (this.#cleared.has(key)) return new Uint8Array(32);
    this.#readSlots.set(key + packed(slot), { address, slot });
    return this.#reader().storage(address, slot);
  }

  #set<Value>(map: Map<string, Value>, key: string, value: Value): void {
    const before = map.get(key);
    map.set(key, value);
    this.#undo.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
  }
}

function copied(account: Account | undefined): Account | undefined {
  if (account === undefined) return undefined;
  return Object.assign(Object.create(Object.getPrototypeOf(account)), account);
}
