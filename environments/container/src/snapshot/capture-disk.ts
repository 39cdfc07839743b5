import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { digestBytes } from "@bedplate/codec";
import type { SnapshotManifest, SnapshotSink } from "@bedplate/environment";
import type { Extent } from "../disk/extents.ts";
import { type DiskHeader, encodeHeader, partBytes, partHeaderBytes } from "./snapshot-format.ts";

const compress = promisify(zstdCompress);

type Chunks = SnapshotManifest["chunks"];

/** A file, and where it has data; everywhere, unless it is said. */
export interface CapturedImage {
  readonly path: string;
  readonly extents?: readonly Extent[] | undefined;
}

/** Gives the header, then the parts of each image that hold something, one after the other. */
export async function captureImages(
  images: readonly CapturedImage[],
  options: {
    readonly header: DiskHeader;
    readonly sink: SnapshotSink;
    readonly signal: AbortSignal;
  },
): Promise<Chunks> {
  const { header, sink, signal } = options;
  const chunks: Chunks[number][] = [];
  const give = async (bytes: Uint8Array) => {
    // Bytes of its own: a part of a buffer that is used again would change in the taker's hands.
    const chunk = new Uint8Array(bytes);
    chunks.push({ digest: digestBytes(chunk), bytes: chunk.length });
    await sink(chunk);
  };
  await give(encodeHeader(header));
  let before = 0;
  for (const { path, extents } of images) {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      for (const offset of partsOf(extents ?? [{ at: 0, bytes: size }])) {
        signal.throwIfAborted();
        const part = await readPart(file, { offset, told: before + offset });
        if (part !== undefined) await give(part);
      }
      // Images are told one behind the other, each from a whole part on.
      before += Math.ceil(size / partBytes) * partBytes;
    } finally {
      await file.close();
    }
  }
  return chunks;
}

/** Where parts begin that have data in them, in their order. */
function* partsOf(extents: readonly Extent[]): Generator<number> {
  let next = 0;
  for (const { at, bytes } of extents) {
    const first = at - (at % partBytes);
    for (next = Math.max(next, first); next < at + bytes; next += partBytes) yield next;
  }
}

async function readPart(
  file: FileHandle,
  { offset, told }: { readonly offset: number; readonly told: number },
): Promise<Uint8Array | undefined> {
  const buffer = Buffer.alloc(partBytes);
  const { bytesRead } = await file.read(buffer, 0, partBytes, offset);
  const bytes = buffer.subarray(0, bytesRead);
  if (bytes.length === 0 || isZero(bytes)) return undefined;
  const head = Buffer.alloc(partHeaderBytes);
  head.writeBigUInt64BE(BigInt(told));
  return Buffer.concat([head, await compress(bytes)]);
}

const zeros = Buffer.alloc(partBytes);

function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length));
}
