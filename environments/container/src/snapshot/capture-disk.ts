import { execFile } from "node:child_process";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { digestBytes } from "@bedplate/codec";
import type { SnapshotManifest, SnapshotSink } from "@bedplate/environment";
import { type DiskHeader, encodeHeader, partBytes, partHeaderBytes } from "./snapshot-format.ts";

const compress = promisify(zstdCompress);
const run = promisify(execFile);

type Chunks = SnapshotManifest["chunks"];

/** Gives the header, then the parts of each image that hold something, one after the other. */
export async function captureImages(
  images: readonly string[],
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
  for (const image of images) {
    const file = await open(image, "r");
    try {
      const { size } = await file.stat();
      for (let offset = 0; offset < size; offset += partBytes) {
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

/** Writes what a file system still holds back to its image; its processes must stand still. */
export async function settleDisk(
  mounted: string,
  options: { readonly timeoutMs: number },
): Promise<void> {
  await run("sync", ["--file-system", mounted], { timeout: options.timeoutMs });
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
