import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { raise } from "@bedplate/errors";
import { type DiskHeader, decodeHeader, partBytes, partHeaderBytes } from "./snapshot-format.ts";

const decompress = promisify(zstdDecompress);

/** Where a snapshot's images are written. */
export interface RestorePlaces {
  readonly disk: string;
  /** A folder that is made when the snapshot has memory. */
  readonly checkpoint: string;
}

/** Writes the images of a snapshot; what it says of itself. */
export async function restoreImages(
  places: RestorePlaces,
  chunks: AsyncIterable<Uint8Array>,
): Promise<DiskHeader> {
  let images: Images | undefined;
  try {
    for await (const chunk of chunks) {
      if (images === undefined) images = await openImages(places, decodeHeader(chunk));
      else await writePart(chunk, images);
    }
  } finally {
    await images?.disk.close();
    await images?.memory?.close();
  }
  if (images === undefined) throw corrupt("it has no chunks");
  return images.header;
}

interface Images {
  readonly header: DiskHeader;
  readonly disk: FileHandle;
  readonly memory?: FileHandle | undefined;
}

async function openImages(places: RestorePlaces, header: DiskHeader): Promise<Images> {
  const disk = await open(places.disk, "wx", 0o600);
  await disk.truncate(header.imageBytes);
  if (header.memoryBytes === undefined) return { header, disk };
  await mkdir(places.checkpoint, { mode: 0o700 });
  const memory = await open(join(places.checkpoint, "checkpoint.img"), "wx", 0o600);
  await memory.truncate(header.memoryBytes);
  return { header, disk, memory };
}

async function writePart(chunk: Uint8Array, { header, disk, memory }: Images): Promise<void> {
  if (chunk.length <= partHeaderBytes) throw corrupt("a part is too short");
  const told = Number(new DataView(chunk.buffer, chunk.byteOffset).getBigUint64(0));
  if (told % partBytes !== 0) throw corrupt("a part is at an odd place");
  const bytes = await decompress(chunk.subarray(partHeaderBytes), { maxOutputLength: partBytes });
  const diskEnd = Math.ceil(header.imageBytes / partBytes) * partBytes;
  const isDisk = told < diskEnd;
  const file = isDisk ? disk : memory;
  const offset = isDisk ? told : told - diskEnd;
  const size = isDisk ? header.imageBytes : (header.memoryBytes ?? 0);
  if (file === undefined || offset + bytes.length > size) throw corrupt("a part is outside of it");
  await file.write(bytes, 0, bytes.length, offset);
}

function corrupt(why: string): Error {
  return raise("data.corrupt", {
    op: "environment.create",
    detail: { what: "snapshot" },
    message: `Cannot restore the snapshot: ${why}`,
  });
}
