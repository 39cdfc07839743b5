import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { BlobVersion, ByteRange, DriverReading } from "@bedplate/blob";
import { isFault } from "@bedplate/errors";
import { isMissing, linkedFile } from "./file-fault.ts";
import { readTrailer } from "./trailer.ts";

const chunkBytes = 256 * 1024;

/** Opens a blob's file; null when there is none. */
export async function openBlobFile(path: string, key: string): Promise<DriverReading | null> {
  const file = await openPlain(path, key);
  if (file === null) return null;
  try {
    const info = await readTrailer(file, key);
    return {
      info,
      read: (range) => readBytes(file, range),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The version that a file holds; null when there is none. A damaged file has a version of its own. */
export async function versionIn(path: string, key: string): Promise<BlobVersion | null> {
  try {
    await using reading = await openBlobFile(path, key);
    return reading?.info.version ?? null;
  } catch (error) {
    if (isFault(error, "data.corrupt")) return "damaged";
    throw error;
  }
}

/** A link in the place of a file is not followed. */
async function openPlain(path: string, key: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return null;
    throw (error as NodeJS.ErrnoException).code === "ELOOP" ? linkedFile(key) : error;
  }
}

async function* readBytes(
  file: FileHandle,
  { offset, length }: ByteRange,
): AsyncGenerator<Uint8Array, void, void> {
  const end = offset + length;
  for (let at = offset; at < end; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
