import { hash } from "node:crypto";
import { type CborValue, encodeCbor } from "./cbor.ts";

/** The SHA-256 of some bytes, as `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** Hashes bytes as they are. */
export function digestBytes(bytes: Uint8Array): Digest {
  return `sha256:${hash("sha256", bytes, "hex")}`;
}

/** Hashes the canonical encoding of a value. */
export function digestValue(value: CborValue): Digest {
  return digestBytes(encodeCbor(value));
}

/** True for a well-formed digest text. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
