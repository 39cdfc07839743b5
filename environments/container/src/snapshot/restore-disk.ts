import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { raise } from "@bedplate/errors";
import { type DiskHeader, decodeHeader, partBytes, partHeaderBytes } from "./snapshot-format.ts";

const decompress = promisify(zstdDecompress);

/** Writes a disk's image from its chunks; what it says of itself. */
export async function restoreDisk(
  image: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<DiskHeader> {
  const file = await open(image, "wx", 0o600);
  let header: DiskHeader | undefined;
  try {
    for await (const chunk of chunks) {
      if (header === undefined) {
        header = decodeHeader(chunk);
        await file.truncate(header.imageBytes);
        continue;
      }
      const part = await readPart(chunk, header);
      await file.write(part.bytes, 0, part.bytes.length, part.offset);
    }
  } finally {
    await file.close();
  }
  if (header === undefined) throw corrupt("it has no chunks");
  return header;
}

async function readPart(
  chunk: Uint8Array,
  { imageBytes }: DiskHeader,
): Promise<{ offset: number; bytes: Uint8Array }> {
  if (chunk.length <= partHeaderBytes) throw corrupt("a part is too short");
  const { buffer, byteOffset } = chunk;
  const offset = Number(new DataView(buffer, byteOffset).getBigUint64(0));
  const bytes = await decompress(chunk.subarray(partHeaderBytes), { maxOutputLength: partBytes });
  const isInside = offset % partBytes === 0 && offset + bytes.length <= imageBytes;
  if (!isInside) throw corrupt("a part is outside of the disk");
  return { offset, bytes };
}

function corrupt(why: string): Error {
  return raise("data.corrupt", {
    op: "environment.create",
    detail: { what: "snapshot" },
    message: `Cannot restore the snapshot: ${why}`,
  });
}
