import { createHash } from "node:crypto";
import { raise } from "@bedplate/errors";
import type { BlobInfo, BlobRange, ByteRange, DriverReading } from "./blob-driver.ts";
import { corruptFault, refuseArgument } from "./blob-faults.ts";

/** An open blob. Dispose it, whether or not all of `body` was read. */
export interface BlobReading extends AsyncDisposable {
  readonly info: BlobInfo;
  /** Where `body` begins in the blob. */
  readonly offset: number;
  /** How many bytes `body` has. */
  readonly length: number;
  /** Can be read once. A whole blob is checked against its digest before the body ends. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Refuses what is no range of any blob. */
export function checkRange(range: BlobRange | undefined): void {
  if (range === undefined) return;
  if ("last" in range) checkWhole(range.last, "/range/last");
  else {
    checkWhole(range.offset, "/range/offset");
    checkWhole(range.length ?? 0, "/range/length");
  }
}

/** Reads a range of an open blob, and checks the bytes when the range is all of it. */
export function readRange(
  reading: DriverReading,
  range: BlobRange | undefined,
  signal: AbortSignal | undefined,
): BlobReading {
  const { info } = reading;
  const bytes = resolveRange(range, info.sizeBytes);
  return {
    info,
    ...bytes,
    body: verified(reading.read(bytes), { info, bytes, signal }),
    [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
  };
}

/** The bytes of a reading, together. */
export async function collect({ body, length }: BlobReading): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for await (const chunk of body) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

interface Expected {
  readonly info: BlobInfo;
  readonly bytes: ByteRange;
  readonly signal: AbortSignal | undefined;
}

const op = "blob.read";

async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  { info, bytes, signal }: Expected,
): AsyncGenerator<Uint8Array, void, void> {
  const isWhole = bytes.length === info.sizeBytes;
  const hash = createHash("sha256");
  let read = 0;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    read += chunk.byteLength;
    if (read > bytes.length) break;
    if (isWhole) hash.update(chunk);
    yield chunk;
  }
  if (read !== bytes.length) {
    throw corruptFault(op, info.key, `${read} bytes instead of ${bytes.length}`);
  }
  if (isWhole && `sha256:${hash.digest("hex")}` !== info.digest) {
    throw corruptFault(op, info.key, "bytes that do not have its digest");
  }
}

function resolveRange(range: BlobRange | undefined, sizeBytes: number): ByteRange {
  if (range === undefined) return { offset: 0, length: sizeBytes };
  if ("last" in range) {
    const length = Math.min(range.last, sizeBytes);
    return { offset: sizeBytes - length, length };
  }
  const { offset, length = sizeBytes } = range;
  if (offset > 0 && offset >= sizeBytes) throw unsatisfiable(sizeBytes);
  return { offset, length: Math.min(length, sizeBytes - offset) };
}

function checkWhole(value: number, path: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw refuseArgument("blob.open", path, { rule: "must be a whole number from 0" });
}

function unsatisfiable(sizeBytes: number): Error {
  return raise("range.unsatisfiable", {
    op: "blob.open",
    detail: { sizeBytes },
    message: `Cannot open the blob: the range begins behind its ${sizeBytes} bytes`,
  });
}
