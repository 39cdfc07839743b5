import { createHash } from "node:crypto";
import { raise } from "@bedplate/errors";
import type { Descriptor } from "./image-documents.ts";

/** The digest of bytes, as descriptors write it. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Refuses bytes that are not those that a descriptor names. */
export function checkBytes(bytes: Uint8Array, { digest, size }: Descriptor): Uint8Array {
  if (bytes.length === size && sha256(bytes) === digest) return bytes;
  throw otherBytes(digest, bytes.length === size ? sha256(bytes) : `${bytes.length} bytes`);
}

/** Passes bytes on, and rejects at the end where they were not those that a descriptor names. */
export async function* checkedBytes(
  source: AsyncIterable<Uint8Array>,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const part of source) {
    bytes += part.length;
    if (bytes > size) throw otherBytes(digest, `more than ${size} bytes`);
    hash.update(part);
    yield part;
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (bytes !== size) throw otherBytes(digest, `${bytes} bytes`);
  if (actual !== digest) throw otherBytes(digest, actual);
}

function otherBytes(expected: string, actual: string): Error {
  return raise("digest.mismatch", {
    op: "image.read",
    detail: { expected, actual },
    message: `Cannot use ${expected}: the bytes that came are ${actual}`,
  });
}
