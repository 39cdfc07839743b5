import { numberOfBytes } from "./bytes.ts";
import { type RejectionCode, TransactionRejected } from "./rejection.ts";
import type { RlpItem } from "./rlp.ts";
import type { AccessListEntry, Authorization } from "./transaction.ts";

/** Reads the items of a transaction in their order, and refuses what has the wrong form. */
export class TransactionFields {
  readonly #items: readonly RlpItem[];
  #next = 0;

  constructor(item: RlpItem) {
    if (item instanceof Uint8Array) throw new TransactionRejected("MALFORMED", "no list is there");
    this.#items = item;
  }

  get count(): number {
    return this.#items.length;
  }

  number(bits: 8 | 64 | 256, overflow: RejectionCode = "MALFORMED"): bigint {
    const bytes = this.bytes();
    if (bytes[0] === 0) throw new TransactionRejected("MALFORMED", "a number begins with a zero");
    if (bytes.length * 8 > bits) throw new TransactionRejected(overflow, "a number is too large");
    return numberOfBytes(bytes);
  }

  bytes(): Uint8Array {
    const item = this.#take();
    if (item instanceof Uint8Array) return item;
    throw new TransactionRejected("MALFORMED", "a list stands where bytes belong");
  }

  list(): readonly RlpItem[] {
    const item = this.#take();
    if (!(item instanceof Uint8Array)) return item;
    throw new TransactionRejected("MALFORMED", "bytes stand where a list belongs");
  }

  /** 20 bytes, or none. */
  recipient(): Uint8Array | undefined {
    const bytes = this.bytes();
    return bytes.length === 0 ? undefined : checkedAddress(bytes);
  }

  address(): Uint8Array {
    return checkedAddress(this.bytes());
  }

  /** A list of 32 bytes each. */
  words(): readonly Uint8Array[] {
    return this.list().map((item) => {
      if (item instanceof Uint8Array && item.length === 32) return item;
      throw new TransactionRejected("MALFORMED", "a hash or a key does not have 32 bytes");
    });
  }

  accessList(): readonly AccessListEntry[] {
    return this.list().map((item) => {
      const fields = new TransactionFields(item);
      const entry = { address: fields.address(), slots: fields.words() };
      fields.end();
      return entry;
    });
  }

  authorizations(): readonly Authorization[] {
    const code = "TYPE_4_INVALID_AUTHORIZATION_FORMAT";
    return this.list().map((item) => {
      const fields = new TransactionFields(item);
      const authorization = {
        chainId: fields.number(256, code),
        address: fields.address(),
        nonce: fields.number(64, code),
        yParity: fields.number(8, code),
        r: fields.number(256, code),
        s: fields.number(256, code),
      };
      fields.end();
      return authorization;
    });
  }

  /** Nothing may be left. */
  end(): void {
    if (this.#next !== this.#items.length) {
      throw new TransactionRejected("MALFORMED", "there are more fields than the type has");
    }
  }

  #take(): RlpItem {
    const item = this.#items[this.#next++];
    if (item === undefined) throw new TransactionRejected("MALFORMED", "a field is missing");
    return item;
  }
}

function checkedAddress(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 20) return bytes;
  const code = bytes.length < 20 ? "ADDRESS_TOO_SHORT" : "ADDRESS_TOO_LONG";
  throw new TransactionRejected(code, `an address has ${bytes.length} bytes`);
}
