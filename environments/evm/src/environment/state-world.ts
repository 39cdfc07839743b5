import type { StateReader } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { type Account, type BlockContext, NotResident, type WorldReader } from "../engine.ts";
import {
  areEqual,
  bytesOfHex,
  noBytes,
  numberOfBytes,
  wordOfBytes,
  zeroWord,
} from "../transition/bytes.ts";
import { blockHashKey, tipsKey } from "./block-keys.ts";
import { decodeHash } from "./block-record.ts";
import { accountKey, codeKey, decodeAccount, slotKey } from "./state-keys.ts";

/** Keccak-256 of nothing: no key is read for it. */
export const emptyCodeHash: Uint8Array = bytesOfHex(
  "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
);

/** A world in the keys of committed state. What is not resident is noted, and asked for by `NotResident`. */
export class StateWorld implements WorldReader {
  readonly #reads: StateReader;
  readonly #block: OpenBlock | undefined;
  #missing: Uint8Array | undefined;
  #isCoinbaseSeen = false;

  constructor(reads: StateReader, block?: OpenBlock) {
    this.#reads = reads;
    this.#block = block;
  }

  /** True once somebody asked for the account that the block pays. */
  get isCoinbaseSeen(): boolean {
    return this.#isCoinbaseSeen;
  }

  /** The block of the transaction, with the hashes of those before it. */
  blockWithHashes<B extends BlockContext>(block: B): B {
    if (this.#block === undefined) return block;
    const { chainId } = this.#block;
    const blockHash = (number: bigint) => {
      const found = this.#value(blockHashKey(chainId, number));
      return (found && decodeHash(found, number)) ?? zeroWord;
    };
    return { ...block, blockHash };
  }

  /** The key that the last `NotResident` was about. */
  takeMissing(): Uint8Array | undefined {
    const missing = this.#missing;
    this.#missing = undefined;
    return missing;
  }

  account(address: Uint8Array): Account | undefined {
    const bytes = this.#value(accountKey(address));
    const isPaid = this.#block !== undefined && areEqual(address, this.#block.coinbase);
    if (isPaid) return this.#coinbase(address, bytes);
    return bytes === undefined ? undefined : this.#account(address, bytes);
  }

  /** What the block owes it so far counts as paid. */
  #coinbase(address: Uint8Array, bytes: Uint8Array | undefined): Account | undefined {
    const tips = numberOfBytes(this.#value(tipsKey(address)) ?? noBytes);
    const account = bytes === undefined ? undefined : this.#account(address, bytes);
    this.#isCoinbaseSeen = true;
    if (tips === 0n) return account;
    const plain = account ?? { nonce: 0n, balance: 0n, codeHash: emptyCodeHash };
    return { ...plain, balance: plain.balance + tips };
  }

  #account(address: Uint8Array, bytes: Uint8Array): Account {
    const account = decodeAccount(bytes) ?? broken("account", address);
    // An engine that knows the code from before does not ask for it: what is read must not depend on that.
    this.code(account.codeHash);
    return account;
  }

  code(codeHash: Uint8Array): Uint8Array {
    if (areEqual(codeHash, emptyCodeHash)) return noBytes;
    return this.#value(codeKey(codeHash)) ?? noBytes;
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    const bytes = this.#value(slotKey(address, slot));
    if (bytes === undefined) return zeroWord;
    return bytes.length <= 32 ? wordOfBytes(bytes) : broken("slot", address);
  }

  #value(key: Uint8Array): Uint8Array | undefined {
    const value = this.#reads.peek(key);
    if (value !== undefined) return value ?? undefined;
    this.#missing = key;
    throw new NotResident("a key is not resident");
  }
}

/** The block that a transaction is in, where it shares it with others. */
export interface OpenBlock {
  readonly chainId: bigint;
  readonly coinbase: Uint8Array;
}

/** The state holds something else than what belongs under a key. */
export function brokenState(what: string, key: Uint8Array): never {
  return broken(what, key);
}

function broken(what: string, address: Uint8Array): never {
  const id = `0x${Buffer.from(address).toString("hex")}`;
  throw raise("data.corrupt", {
    op: "evm.transact",
    detail: { what: `${what} of ${id}` },
    message: `Cannot read the ${what} of ${id}: the state holds something else`,
  });
}
