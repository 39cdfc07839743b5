import { sharedCrypto } from "../crypto/shared-crypto.ts";
import { readAlloc } from "../statetest/alloc.ts";
import { isZero, packed, trimmed } from "../transition/bytes.ts";
import { accountKey, codeKey, encodeAccount, slotKey } from "./state-keys.ts";

/** A key of a ledger's state with its value. */
export interface AllocEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * The accounts of a genesis (`alloc`: an object by address, with `balance`, `nonce`, `code` and `storage`) as
 * the keys and values of a state. Throws `MalformedField` for what is none.
 */
export async function allocEntries(alloc: unknown): Promise<readonly AllocEntry[]> {
  const { keccak256 } = await sharedCrypto();
  const entries = new Map<string, AllocEntry>();
  const put = (key: Uint8Array, value: Uint8Array) => entries.set(packed(key), { key, value });
  for (const { address, nonce, balance, code, storage } of readAlloc(alloc, "alloc")) {
    const codeHash = keccak256(code);
    put(accountKey(address), encodeAccount({ nonce, balance, codeHash }));
    if (code.length > 0) put(codeKey(codeHash), code);
    for (const [slot, value] of storage) {
      if (!isZero(value)) put(slotKey(address, slot), trimmed(value));
    }
  }
  return [...entries.values()].sort((a, b) => Buffer.compare(a.key, b.key));
}
