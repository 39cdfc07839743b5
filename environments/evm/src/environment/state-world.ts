import type { StateReader } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { type Account, NotResident, type WorldReader } from "../engine.ts";
import { areEqual, bytesOfHex, noBytes, wordOfBytes, zeroWord } from "../transition/bytes.ts";
import { accountKey, codeKey, decodeAccount, slotKey } from "./state-keys.ts";

/** Keccak-256 of nothing: no key is read for it. */
const emptyCodeHash = bytesOfHex(
  "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
);

/** A world in the keys of committed state. What is not resident is noted, and asked for by `NotResident`. */
export class StateWorld implements WorldReader {
  readonly #reads: StateReader;
  #missing: Uint8Array | undefined;

  constructor(reads: StateReader) {
    this.#reads = reads;
  }

  /** The key that the last `NotResident` was about. */
  takeMissing(): Uint8Array | undefined {
    const missing = this.#missing;
    this.#missing = undefined;
    return missing;
  }

  account(address: Uint8Array): Account | undefined {
    const bytes = this.#value(accountKey(address));
    if (bytes === undefined) return undefined;
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

function broken(what: string, address: Uint8Array): never {
  const id = `0x${Buffer.from(address).toString("hex")}`;
  throw raise("data.corrupt", {
    op: "evm.transact",
    detail: { what: `${what} of ${id}` },
    message: `Cannot read the ${what} of ${id}: the state holds something else`,
  });
}
