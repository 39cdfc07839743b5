import type { BlobStore } from "@bedplate/blob";
import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { Type } from "@bedplate/schema";

/** Bytes that belong to a record: inside it while they are few, in the BlobStore beyond. */
export type StoredBytes =
  | { readonly base64: string }
  | { readonly blob: Digest; readonly bytes: number };

/** The most bytes that stay inside a record. */
export const inlineBytesMax: number = 32 * 1024;

/** The most bytes that are read back at once. */
export const storedBytesMax: number = 256 * 2 ** 20;

export const storedBytesType: Type.TUnsafe<StoredBytes> = Type.Unsafe<StoredBytes>(
  Type.Union([
    Type.Object({ base64: Type.String() }, { additionalProperties: false }),
    Type.Object(
      { blob: Type.String(), bytes: Type.Integer({ minimum: 0 }) },
      { additionalProperties: false },
    ),
  ]),
);

/** Keeps bytes for a record. */
export async function keepBytes(blobs: BlobStore, bytes: Uint8Array): Promise<StoredBytes> {
  if (bytes.length <= inlineBytesMax) return { base64: Buffer.from(bytes).toString("base64") };
  const { digest, sizeBytes } = await blobs.putContent(bytes);
  return { blob: digest, bytes: sizeBytes };
}

/** Reads what `keepBytes` kept. */
export async function readBytes(blobs: BlobStore, stored: StoredBytes): Promise<Uint8Array> {
  if ("base64" in stored) return Buffer.from(stored.base64, "base64");
  const bytes = await blobs.get(stored.blob, { bytesMax: storedBytesMax });
  if (bytes !== null) return bytes;
  throw raise("data.corrupt", {
    op: "runs.read",
    subject: stored.blob,
    detail: { what: stored.blob },
    message: `Cannot read ${stored.blob}: the record names it, and it is gone`,
  });
}
