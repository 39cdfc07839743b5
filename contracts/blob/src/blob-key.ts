import { type Digest, isDigest } from "@bedplate/codec";
import type { BlobLimits } from "./blob-driver.ts";
import { refuseArgument } from "./blob-faults.ts";

const digestPrefix = "sha256:";

/** Keys that begin so hold uploads under way; callers neither name nor see them. */
export const uploadPrefix = "upload:";

/** Lies behind all keys of uploads, and before every other key that follows them. */
export const behindUploads: string = `${uploadPrefix}\u{10ffff}`;

/** Refuses what is no key. Keys that begin like a digest must be one: they name their content. */
export function checkKey(key: string, use: KeyUse): string {
  checkText(key, { ...use, path: "/key" });
  const refuse = (rule: string) => refuseArgument(use.op, "/key", { rule });
  if (key === "") throw refuse("must not be empty");
  if (key.startsWith(digestPrefix) && !isDigest(key)) throw refuse("is a malformed digest");
  if (key.startsWith(uploadPrefix)) throw refuse(`must not begin with ${uploadPrefix}`);
  return key;
}

/** Refuses what no key can be or begin with; the empty text passes. */
export function checkText(
  text: string,
  { op, limits, path }: KeyUse & { readonly path: string },
): string {
  const limit = limits.keyBytesMax;
  if (!text.isWellFormed()) throw refuseArgument(op, path, { rule: "is no well-formed text" });
  if (text.includes("\0"))
    throw refuseArgument(op, path, { rule: "must not hold a zero character" });
  if (Buffer.byteLength(text) > limit)
    throw refuseArgument(op, path, { rule: "is too long", limit });
  return text;
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
