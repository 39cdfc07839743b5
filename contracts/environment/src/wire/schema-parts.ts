import type { Digest } from "@bedplate/codec";
import { type Schema, Type } from "@bedplate/schema";

/** Bytes: a `Uint8Array` in a structured clone, base64 text in JSON. The keyword marks them for both. */
export function bytes(): Type.TUnsafe<Uint8Array> {
  const type = Type.Unknown({ contentEncoding: "base64" });
  const isBytes = (value: unknown) => value instanceof Uint8Array;
  return Type.Refine(type, isBytes, () => "must be bytes") as unknown as Type.TUnsafe<Uint8Array>;
}

/** The text form of a SHA-256 digest. */
export function digest(): Type.TUnsafe<Digest> {
  return Type.Unsafe<Digest>(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }));
}

/** One of some texts. */
export function oneOf<const T extends string>(...values: readonly T[]): Type.TUnsafe<T> {
  return Type.Unsafe<T>(Type.Union(values.map((each) => Type.Literal(each))));
}

/** A whole number, 0 or more. */
export function amount(): Type.TInteger {
  return Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
}

/** Text of up to `charactersMax` characters. */
export function text(charactersMax = 4096): Type.TString {
  return Type.String({ maxLength: charactersMax });
}

/** Uses one schema inside another. */
export function part<T>(schema: Schema<T>): Type.TUnsafe<T> {
  return schema.jsonSchema as unknown as Type.TUnsafe<T>;
}

/** Any JSON document. */
export function json<T>(): Type.TUnsafe<T> {
  return Type.Unsafe<T>(Type.Record(Type.String(), Type.Unknown()));
}
