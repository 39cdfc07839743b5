import { corrupt } from "./guest-fault.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

const fieldHeaderBytes = 4;
const numberBytes = 8;

/** What a field can be made of: a number of 64 bits, a text, bytes; `undefined` is left out. */
export type FieldValue = number | bigint | string | Uint8Array | undefined;

/** Packs fields: tag (1 byte), length (3 bytes), value. */
export function packFields(fields: readonly (readonly [number, FieldValue])[]): Uint8Array {
  const parts = fields
    .filter(([, value]) => value !== undefined)
    .map(([tag, value]) => [tag, toBytes(value)] as const);
  const size = parts.reduce((sum, [, bytes]) => sum + fieldHeaderBytes + bytes.length, 0);
  const packed = new Uint8Array(size);
  let at = 0;
  for (const [tag, bytes] of parts) {
    packed[at] = tag;
    packed[at + 1] = bytes.length >>> 16;
    packed[at + 2] = bytes.length >>> 8;
    packed[at + 3] = bytes.length;
    packed.set(bytes, at + fieldHeaderBytes);
    at += fieldHeaderBytes + bytes.length;
  }
  return packed;
}

/** Fields that a guest sent: nothing about them is believed before it is looked at. */
export class Fields {
  readonly #fields: readonly (readonly [number, Uint8Array])[];

  private constructor(fields: readonly (readonly [number, Uint8Array])[]) {
    this.#fields = fields;
  }

  /** Reads a row of whole fields; anything else is a `data.corrupt` fault. Copies what it keeps. */
  static read(body: Uint8Array): Fields {
    const bytes = body.slice();
    const fields: (readonly [number, Uint8Array])[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (bytes.length - at < fieldHeaderBytes) throw corrupt("a field's header");
      const length =
        (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3);
      const start = at + fieldHeaderBytes;
      if (length > bytes.length - start) throw corrupt("a field's length");
      fields.push([byteAt(bytes, at), bytes.subarray(start, start + length)]);
      at = start + length;
    }
    return new Fields(fields);
  }

  bytes(tag: number): Uint8Array | undefined {
    return this.#fields.find(([each]) => each === tag)?.[1];
  }

  all(tag: number): readonly Uint8Array[] {
    return this.#fields.filter(([each]) => each === tag).map(([, value]) => value);
  }

  /** A number between 0 and 2^53 - 1. */
  number(tag: number): number | undefined {
    const value = this.signed(tag);
    if (value === undefined) return undefined;
    const result = Number(value);
    if (result < 0 || !Number.isSafeInteger(result)) throw corrupt("a number");
    return result;
  }

  needNumber(tag: number): number {
    const value = this.number(tag);
    if (value === undefined) throw corrupt("a field that has to be there");
    return value;
  }

  /** A number of 64 bits with its sign. */
  signed(tag: number): bigint | undefined {
    const bytes = this.bytes(tag);
    if (bytes === undefined) return undefined;
    if (bytes.length !== numberBytes) throw corrupt("a number's length");
    return new DataView(bytes.buffer, bytes.byteOffset, numberBytes).getBigInt64(0);
  }

  /** A text; bytes that are no UTF-8 become U+FFFD. */
  text(tag: number): string | undefined {
    const bytes = this.bytes(tag);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  }

  texts(tag: number): readonly string[] {
    return this.all(tag).map((each) => decoder.decode(each));
  }
}

/** Whether bytes are UTF-8, so that their text names the same thing. */
export function isText(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function toBytes(value: FieldValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encoder.encode(value);
  const bytes = new Uint8Array(numberBytes);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value ?? 0));
  return bytes;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
