import { type Digest, isDigest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { BlobLimits } from "./blob-driver.ts";

const digestPrefix = "sha256:";

/** Refuses what is no key. Keys that begin like a digest must be one: they name their content. */
export function checkKey(key: string, { op, limits }: KeyUse): string {
  if (key === "") throw refuse(op, "must not be empty");
  if (!key.isWellFormed()) throw refuse(op, "is no well-formed text");
  if (key.includes("\0")) throw refuse(op, "must not hold a zero character");
  if (Buffer.byteLength(key) > limits.keyBytesMax) throw refuse(op, "is too long", limits);
  if (key.startsWith(digestPrefix) && !isDigest(key)) throw refuse(op, "is a malformed digest");
  return key;
}

/** The digest that a content key stands for; undefined for a name. */
export function digestOfKey(key: string): Digest | undefined {
  return isDigest(key) ? key : undefined;
}

/** Where a key is used. */
export interface KeyUse {
  readonly op: string;
  readonly limits: BlobLimits;
}

function refuse(op: string, rule: string, limits?: BlobLimits): Error {
  return raise("argument.invalid", {
    op,
    detail: { path: "/key", rule, limit: limits?.keyBytesMax },
    message: `Cannot use the blob key: it ${rule}`,
  });
}
