import type { BlobHead, BlobInfo, SealedBody } from "@bedplate/blob";
import { type CborValue, decodeCbor, encodeCbor } from "@bedplate/codec";

/** The name of the one metadata entry that an object has; S3 neither keeps their case nor their order. */
export const metadataName = "bedplate";

const format = 1;
const digestPrefix = "sha256:";

/** What is known of a blob beside its bytes, its size and its content type, as text of ASCII. */
export function encodeHead({
  version,
  createdAt,
  metadata,
  digest,
}: BlobHead & Pick<SealedBody, "digest">): string {
  const entries = Object.entries(metadata).map(([name, value]) => [name, value]);
  const hash = Buffer.from(digest.slice(digestPrefix.length), "hex");
  return Buffer.from(encodeCbor([format, version, createdAt, hash, entries])).toString("base64url");
}

/** What an object says of its blob; undefined when no release of this driver has written it. */
export function decodeHead(
  text: string | undefined,
  object: Pick<BlobInfo, "key" | "sizeBytes" | "contentType">,
): BlobInfo | undefined {
  const fields = text === undefined ? undefined : parse(text);
  if (!Array.isArray(fields) || fields[0] !== format) return undefined;
  const [, version, createdAt, hash, entries] = fields;
  if (typeof version !== "string") return undefined;
  if (!(hash instanceof Uint8Array) || !Array.isArray(entries)) return undefined;
  const metadata = Object.freeze(Object.fromEntries(entries as [string, string][]));
  const digest = `${digestPrefix}${Buffer.from(hash).toString("hex")}` as const;
  return { ...object, version, createdAt: Number(createdAt), metadata, digest };
}

function parse(text: string): CborValue | undefined {
  try {
    return decodeCbor(Buffer.from(text, "base64url"));
  } catch {
    return undefined;
  }
}
