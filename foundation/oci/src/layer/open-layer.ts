import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { raise } from "@bedplate/errors";
import type { Compression } from "../image/root-description.ts";
import type { LayerBounds } from "./layer-members.ts";

/** Bytes of headers and padding that a member may have besides its own. */
const overheadBytes = 2048;

/** The archive of a layer without its compression; rejects where it is not the one that is named. */
export async function* openLayer(
  packed: AsyncIterable<Uint8Array>,
  options: {
    readonly compression: Compression;
    readonly diffId: string;
    readonly bounds: LayerBounds;
  },
): AsyncGenerator<Uint8Array> {
  const { compression, diffId, bounds } = options;
  const hash = createHash("sha256");
  // Headers and padding count as well, so this bound is the wider one.
  const bytesMax = bounds.bytesMax + bounds.entriesMax * overheadBytes;
  let bytes = 0;
  for await (const part of decompressed(packed, compression)) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Error(`it is larger than ${bounds.bytesMax} bytes`);
    hash.update(part);
    yield part;
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual === diffId) return;
  throw raise("digest.mismatch", {
    op: "image.unpack",
    detail: { expected: diffId, actual },
    message: `Cannot unpack the layer ${diffId}: its bytes are ${actual}`,
  });
}

function decompressed(
  packed: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  if (compression === "none") return packed;
  const source = Readable.from(packed);
  const unzip = compression === "gzip" ? createGunzip() : createZstdDecompress();
  // A source that fails is told of by its reader, who reads the other end.
  source.on("error", (error) => unzip.destroy(error));
  unzip.on("close", () => source.destroy());
  return source.pipe(unzip);
}
