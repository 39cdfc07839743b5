import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { raise } from "@bedplate/errors";
import type { Extent } from "../disk/extents.ts";
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
  for (const { at, bytes: length } of heldStretches(bytes)) {
    await writeAll(file, bytes.subarray(at, at + length), offset + at);
  }
}

/** One write may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

/** Bytes that are looked at together: shorter stretches of zeros are written. */
const stretchBytes = 64 * 1024;
const zeros = Buffer.alloc(stretchBytes);

/** The stretches of a part that hold something: the file is as long as it has to be, and empty. */
function* heldStretches(part: Buffer): Generator<Extent> {
  let from: number | undefined;
  for (let at = 0; at < part.length; at += stretchBytes) {
    const piece = part.subarray(at, at + stretchBytes);
    const isEmpty = piece.equals(zeros.subarray(0, piece.length));
    if (!isEmpty) from ??= at;
    else if (from !== undefined) {
      yield { at: from, bytes: at - from };
      from = undefined;
    }
  }
  if (from !== undefined) yield { at: from, bytes: part.length - from };
}

function corrupt(why: string): Error {
  return raise("data.corrupt", {
    op: "environment.create",
    detail: { what: "snapshot" },
    message: `Cannot restore the snapshot: ${why}`,
  });
}
