import { createHash } from "node:crypto";
import { raise } from "@bedplate/errors";
import type { BlobInfo, ByteRange, DriverReading } from "./blob-driver.ts";

/** Which bytes to read: from an offset on, or the last ones. A length past the end is cut. */
export type BlobRange =
  | { readonly offset: number; readonly length?: number | undefined }
  | { readonly last: number };

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

interface Expected {
  readonly info: BlobInfo;
  readonly bytes: ByteRange;
  readonly signal: AbortSignal | undefined;
}

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
    if (isWhole) hash.update(chunk);
    yield chunk;
  }
  if (read !== bytes.length) throw corrupt(info, `${read} bytes instead of ${bytes.length}`);
  if (isWhole && `sha256:${hash.digest("hex")}` !== info.digest) {
    throw corrupt(info, "bytes that do not have its digest");
  }
}

function resolveRange(range: BlobRange | undefined, sizeBytes: number): ByteRange {
  if (range === undefined) return { offset: 0, length: sizeBytes };
  if ("last" in range) {
    const length = Math.min(wholeNumber(range.last, "/range/last"), sizeBytes);
    return { offset: sizeBytes - length, length };
  }
  const offset = wholeNumber(range.offset, "/range/offset");
  if (offset > 0 && offset >= sizeBytes) throw unsatisfiable(sizeBytes);
  const length = wholeNumber(range.length ?? sizeBytes, "/range/length");
  return { offset, length: Math.min(length, sizeBytes - offset) };
}

function wholeNumber(value: number, path: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw raise("argument.invalid", {
    op: "blob.open",
    detail: { path, rule: "must be a whole number from 0" },
    message: `Cannot open the blob: ${path} must be a whole number from 0`,
  });
}

function unsatisfiable(sizeBytes: number): Error {
  return raise("argument.invalid", {
    op: "blob.open",
    detail: { path: "/range/offset", rule: "is not inside the blob", limit: sizeBytes },
    message: `Cannot open the blob: the range begins behind its ${sizeBytes} bytes`,
  });
}

function corrupt(info: BlobInfo, found: string): Error {
  return raise("data.corrupt", {
    op: "blob.read",
    subject: info.key,
    detail: { what: info.key },
    message: `Cannot read the blob "${info.key}": the store holds ${found}`,
  });
}
