import type { BlobHead, BlobLimits, BlobMetadata } from "./blob-driver.ts";
import { refuseArgument } from "./blob-faults.ts";

/** What a caller says of a blob beside its bytes. */
export interface BlobAttributes {
  /** Default: `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** Names are letters, digits, `.`, `_` and `-`, and begin with a letter; values are any text. */
  readonly metadata?: BlobMetadata | undefined;
}

const contentTypeDefault = "application/octet-stream";
const contentTypeForm = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
const nameForm = /^[A-Za-z][A-Za-z0-9._-]*$/;

/** Checks content type and metadata; what comes back is a copy that nobody can change. */
export function checkAttributes(
  { contentType = contentTypeDefault, metadata = {} }: BlobAttributes,
  use: { readonly op: string; readonly limits: BlobLimits },
): Pick<BlobHead, "contentType" | "metadata"> {
  checkContentType(contentType, use);
  checkMetadata(metadata, use);
  return { contentType, metadata: Object.freeze({ ...metadata }) };
}

interface AttributeUse {
  readonly op: string;
  readonly limits: BlobLimits;
}

function checkContentType(contentType: string, { op, limits }: AttributeUse): void {
  const limit = limits.contentTypeBytesMax;
  if (contentType.length > limit) {
    throw refuseArgument(op, "/contentType", { rule: "is too long", limit });
  }
  if (!contentTypeForm.test(contentType)) {
    throw refuseArgument(op, "/contentType", { rule: "must be printable ASCII" });
  }
}

function checkMetadata(metadata: BlobMetadata, { op, limits }: AttributeUse): void {
  const refuse = (rule: string, limit?: number) => refuseArgument(op, "/metadata", { rule, limit });
  const entries = Object.entries(metadata);
  if (entries.length > limits.metadataCountMax) {
    throw refuse("has too many entries", limits.metadataCountMax);
  }
  let sizeBytes = 0;
  for (const [name, value] of entries) {
    if (!nameForm.test(name)) throw refuse("has a malformed name");
    if (!value.isWellFormed()) throw refuse("has a value that is no well-formed text");
    sizeBytes += name.length + Buffer.byteLength(value);
  }
  if (sizeBytes > limits.metadataBytesMax) throw refuse("is too long", limits.metadataBytesMax);
}
