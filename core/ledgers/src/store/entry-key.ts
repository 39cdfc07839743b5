/** What a versioned entry belongs to: the guests' state, or the commitment's nodes. */
export type Space = "state" | "node";

/** Names one key of one ledger. */
export interface EntryPlace {
  /** The ledger's id. */
  readonly ledger: string;
  readonly space: Space;
  readonly key: Uint8Array;
}

const spaceLetter = { state: "s", node: "n" } as const;
/** Serials are below 2^48. */
const serialBytes = 6;
/** Ends a key: lower than what any longer key goes on with. */
const terminator = Buffer.from([0, 0]);
const escapedZero = Buffer.from([0, 0xff]);

/** Begins the store keys of all entries of a space. */
export function spacePrefix(ledger: string, space: Space): Uint8Array {
  return Buffer.from(`v/${ledger}/${spaceLetter[space]}`);
}

/** No later than the first entry of any key with a prefix. */
export function rangeStart({ ledger, space, key: prefix }: EntryPlace): Uint8Array {
  return Buffer.concat([spacePrefix(ledger, space), escaped(prefix)]);
}

/** Begins the store keys of all versions of a key. Bytewise order of keys is kept. */
export function entryPrefix({ ledger, space, key }: EntryPlace): Uint8Array {
  return Buffer.concat([spacePrefix(ledger, space), escaped(key), terminator]);
}

/** The store key of what one serial wrote under a key. */
export function entryKey(place: EntryPlace, serial: number): Uint8Array {
  return Buffer.concat([entryPrefix(place), serialTail(serial)]);
}

/** Takes a store key of a space apart. */
export function readEntryKey(
  storeKey: Uint8Array,
  prefixLength: number,
): { readonly key: Uint8Array; readonly serial: number } {
  const bytes = Buffer.from(storeKey.buffer, storeKey.byteOffset, storeKey.byteLength);
  const serial = bytes.readUIntBE(bytes.length - serialBytes, serialBytes);
  const body = bytes.subarray(prefixLength, bytes.length - serialBytes - terminator.length);
  return { key: unescaped(body), serial };
}

function serialTail(serial: number): Buffer {
  const tail = Buffer.alloc(serialBytes);
  tail.writeUIntBE(serial, 0, serialBytes);
  return tail;
}

function escaped(key: Uint8Array): Uint8Array {
  if (!key.includes(0)) return key;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = key.indexOf(0); at !== -1; at = key.indexOf(0, from)) {
    parts.push(key.subarray(from, at), escapedZero);
    from = at + 1;
  }
  parts.push(key.subarray(from));
  return Buffer.concat(parts);
}

function unescaped(body: Buffer): Uint8Array {
  const key: number[] = [];
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0;
    key.push(byte);
    if (byte === 0) at++;
  }
  return Uint8Array.from(key);
}
