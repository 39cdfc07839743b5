import type { FileHandle } from "node:fs/promises";
import type { BlobInfo } from "@bedplate/blob";
import { raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/**
 * A blob file is its bytes, then a JSON trailer, then the trailer's length and a mark. Bytes and
 * trailer change together, and the body can be written before its digest is known.
 */
const mark = Buffer.from("BPblob01");
const footBytes = mark.byteLength + 4;
const trailerBytesMax = 16 * 1024;

const trailerSchema: Schema<BlobInfo> = defineSchema(
  Type.Object(
    {
      key: Type.String(),
      version: Type.String(),
      createdAt: Type.Number(),
      // The first files had neither.
      contentType: Type.String({ default: "application/octet-stream" }),
      metadata: Type.Record(Type.String(), Type.String(), { default: {} }),
      sizeBytes: Type.Integer({ minimum: 0 }),
      digest: Type.Unsafe<BlobInfo["digest"]>(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" })),
    },
    { additionalProperties: false },
  ),
);

/** The bytes behind a body. */
export function encodeTrailer(info: BlobInfo): Uint8Array {
  const text = Buffer.from(JSON.stringify(info));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.byteLength);
  return Buffer.concat([text, length, mark]);
}

/** Reads what a file says about its blob; throws `data.corrupt` when it says nothing sensible. */
export async function readTrailer(file: FileHandle, key: string): Promise<BlobInfo> {
  const { size } = await file.stat();
  if (size < footBytes) throw corrupt(key);
  const foot = await readAt(file, size - footBytes, footBytes);
  const length = foot.readUInt32BE(0);
  const isMarked = foot.subarray(4).equals(mark);
  if (!isMarked || length > trailerBytesMax || length > size - footBytes) throw corrupt(key);
  const info = parse(await readAt(file, size - footBytes - length, length), key);
  if (info.sizeBytes !== size - footBytes - length) throw corrupt(key);
  return info;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}

function parse(text: Buffer, key: string): BlobInfo {
  try {
    const info = trailerSchema.parse(JSON.parse(text.toString("utf8")));
    if (info.key === key) return info;
  } catch {
    // Falls through: no JSON and wrong JSON are the same damage.
  }
  throw corrupt(key);
}

function corrupt(key: string): Error {
  return raise("data.corrupt", {
    op: "blob.read",
    detail: { what: "blob file" },
    subject: key,
    message: "Cannot read the blob: the end of its file is damaged",
  });
}
