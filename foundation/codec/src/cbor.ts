import { raise } from "@bedplate/errors";
import { decode, encode, rfc8949EncodeOptions } from "cborg";

/**
 * What canonical bytes can hold: integers, texts, bytes, booleans, null, arrays and maps with text
 * keys. No floats (their text forms differ between engines) and no tags.
 */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue | undefined };

const encodeOptions = {
  ...rfc8949EncodeOptions,
  ignoreUndefinedProperties: true,
  typeEncoders: {
    number: (value: number) => {
      if (!Number.isSafeInteger(value))
        throw notCanonical(`the number ${value} is no safe integer`);
      return null;
    },
  },
};

const decodeOptions = {
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  strict: true,
};

/** Encodes to deterministic CBOR (RFC 8949, 4.2.1). Members that are undefined are left out. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, encodeOptions);
}

/** Decodes, and refuses bytes that `encodeCbor` would not have written. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const value = decodeAny(bytes);
  const again = encodeCbor(value);
  if (Buffer.compare(bytes, again) !== 0) throw notCanonical("the bytes are not in canonical form");
  return value;
}

function decodeAny(bytes: Uint8Array): CborValue {
  try {
    return decode(bytes, decodeOptions) as CborValue;
  } catch (cause) {
    throw notCanonical(cause instanceof Error ? cause.message : "the bytes are no CBOR", cause);
  }
}

function notCanonical(why: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "codec.cbor",
    detail: { path: "", rule: "canonical CBOR" },
    message: `Cannot read or write canonical CBOR: ${why}`,
    cause,
  });
}
