/** What is stored in the folder, each kind in a range of its own. */
const kinds = { format: 0, ends: 1, entry: 2, history: 3, fence: 4, answer: 5, expiry: 6 } as const;

type Kind = keyof typeof kinds;

/** Where it is written who wrote the folder. */
export const formatKey: Uint8Array = Buffer.of(kinds.format);

/** The keys of one namespace's records; their order is the order of what they name. */
export class RecordKeys {
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** The head and the oldest revision. */
  get ends(): Uint8Array {
    return this.first("ends");
  }

  entry(key: Uint8Array): Uint8Array {
    return Buffer.concat([this.first("entry"), key]);
  }

  /** The caller's key, of an entry's record. */
  keyOf(record: Uint8Array): Uint8Array {
    return Uint8Array.from(record.subarray(this.first("entry").byteLength));
  }

  history(revision: number): Uint8Array {
    return Buffer.concat([this.first("history"), bigEndian(revision)]);
  }

  /** The revision, of a history record. */
  revisionOf(record: Uint8Array): number {
    return Number(Buffer.from(record).readBigUInt64BE(this.first("history").byteLength));
  }

  fence(name: string): Uint8Array {
    return Buffer.concat([this.first("fence"), Buffer.from(name)]);
  }

  /** What a commit with an idempotency key answered. */
  answer(key: string): Uint8Array {
    return Buffer.concat([this.first("answer"), Buffer.from(key)]);
  }

  /** The same by the time when it is forgotten. */
  expiry(atMs: number, key: string): Uint8Array {
    return Buffer.concat([this.first("expiry"), bigEndian(atMs), Buffer.from(key)]);
  }

  /** Before every record of a kind. A namespace holds no zero byte, so that none begins another. */
  first(kind: Kind): Uint8Array {
    return Buffer.concat([Buffer.of(kinds[kind]), Buffer.from(this.#namespace), Buffer.of(0)]);
  }

  /** After every record of a kind. */
  end(kind: Kind): Uint8Array {
    return Buffer.concat([Buffer.of(kinds[kind]), Buffer.from(this.#namespace), Buffer.of(1)]);
  }
}

/** Numbers in the order of their bytes. */
function bigEndian(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}
