import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { contextBytesMax } from "../template-limits.ts";
import { StepFailure } from "./step-failure.ts";

/** The tar archive in uploaded bytes, without the compression that they may have. */
export function contextStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const source = Readable.from([bytes]);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const isZstd = bytes[0] === 0x28 && bytes[1] === 0xb5;
  const plain = isGzip
    ? source.pipe(createGunzip())
    : isZstd
      ? source.pipe(createZstdDecompress())
      : source;
  return ReadableStream.from(bounded(plain)) as ReadableStream<Uint8Array>;
}

async function* bounded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const part of source) {
      bytes += part.length;
      if (bytes > contextBytesMax) break;
      yield part;
    }
  } catch (cause) {
    throw new StepFailure("the uploaded archive is damaged", { cause });
  }
  if (bytes > contextBytesMax)
    throw new StepFailure(`the uploaded archive has more than ${contextBytesMax} bytes`);
}
