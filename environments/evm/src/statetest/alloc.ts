import { hexOfBytes, noBytes } from "../transition/bytes.ts";
import type { PlainAccount } from "../transition/memory-world.ts";
import { bytesOf, JsonFields, MalformedField, wordOf } from "./json-fields.ts";

/** Accounts by address, as in the `pre` of a test, a genesis or the transition tool's `alloc`. */
export function readAlloc(value: unknown, path: string): readonly PlainAccount[] {
  return new JsonFields(value, path).entries().map(([address, account]) => {
    return readAccount(address, new JsonFields(account, `${path}.${address}`));
  });
}

function readAccount(name: string, fields: JsonFields): PlainAccount {
  const address = bytesOf(name);
  if (address?.length !== 20) throw new MalformedField(`${name} is not an address of 20 bytes`);
  const storage = fields.has("storage") ? fields.object("storage").entries() : [];
  return {
    address,
    nonce: fields.has("nonce") ? fields.number("nonce", 64) : 0n,
    balance: fields.number("balance"),
    code: fields.has("code") ? fields.bytes("code") : noBytes,
    storage: storage.map(readSlot),
  };
}

function readSlot([slot, value]: readonly [string, unknown]): readonly [Uint8Array, Uint8Array] {
  const words = [wordOf(slot), wordOf(value)] as const;
  if (words[0] === undefined || words[1] === undefined) {
    throw new MalformedField(`the slot ${slot} is not a word of 32 bytes`);
  }
  return [words[0], words[1]];
}

/** The JSON object of these accounts, sorted by address; what is zero or empty is left out. */
export function writeAlloc(accounts: Iterable<PlainAccount>): Record<string, object> {
  const sorted = [...accounts].toSorted((left, right) =>
    Buffer.compare(left.address, right.address),
  );
  return Object.fromEntries(
    sorted.map(({ address, nonce, balance, code, storage }) => [
      `0x${hexOfBytes(address)}`,
      {
        ...(code.length > 0 && { code: `0x${hexOfBytes(code)}` }),
        ...(storage.length > 0 && { storage: writeStorage(storage) }),
        balance: `0x${balance.toString(16)}`,
        ...(nonce > 0n && { nonce: `0x${nonce.toString(16)}` }),
      },
    ]),
  );
}

function writeStorage(storage: PlainAccount["storage"]): Record<string, string> {
  const sorted = storage.toSorted(([left], [right]) => Buffer.compare(left, right));
  return Object.fromEntries(
    sorted.map(([slot, value]) => [`0x${hexOfBytes(slot)}`, `0x${hexOfBytes(value)}`]),
  );
}
