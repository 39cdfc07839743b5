import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { digestValue } from "@bedplate/codec";
import { applyLayer, type ImageBounds, type Unpacked } from "./apply-layer.ts";
import type { OciImage, OciLayer } from "./oci-layout.ts";

const run = promisify(execFile);

/**
 * The folder with an image's files. Each layer is unpacked over a copy of what is below it, made of
 * hard links; that is kept by the digests of the layers so far, so images share what they share.
 */
export async function unpackImage(
  image: OciImage,
  options: { readonly folder: string; readonly bounds: ImageBounds },
): Promise<string> {
  const unpacked: Unpacked = { bytes: 0, entries: 0 };
  let below: { readonly path: string; readonly chain: string } | undefined;
  for (const layer of image.layers) {
    const chain = digestValue([below?.chain ?? "", layer.diffId]);
    const path = join(options.folder, `chain-${chain.slice(7, 39)}`);
    if (!existsSync(path))
      await addLayer({ path, below: below?.path, layer }, { ...options, unpacked });
    below = { path, chain };
  }
  if (below === undefined) throw new Error("it has no layers");
  return below.path;
}

interface LayerPlace {
  readonly path: string;
  readonly below: string | undefined;
  readonly layer: OciLayer;
}

async function addLayer(
  { path, below, layer }: LayerPlace,
  options: { readonly folder: string; readonly bounds: ImageBounds; readonly unpacked: Unpacked },
): Promise<void> {
  const draft = await mkdtemp(join(options.folder, "draft-"));
  const root = join(draft, "root");
  try {
    if (below === undefined) await mkdir(root);
    else await run("cp", ["--archive", "--link", below, root], { timeout: 600_000 });
    await chmod(root, 0o755);
    await applyLayer(root, checked(layer, options.bounds), options);
    await rename(root, path).catch((error: NodeJS.ErrnoException) => {
      // Another one was faster; what it made is the same.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The tar archive of a layer, which has to have the digest that the image's config names. */
async function* checked(layer: OciLayer, bounds: ImageBounds): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const part of opened(layer)) {
    bytes += part.length;
    // Headers and padding count as well, so this bound is the wider one.
    if (bytes > bounds.bytesMax + bounds.entriesMax * 2048) throw new Error("a layer is too large");
    hash.update(part);
    yield part;
  }
  if (`sha256:${hash.digest("hex")}` !== layer.diffId) throw new Error("a layer has other bytes");
}

function opened({ mediaType, bytes }: OciLayer): AsyncIterable<Uint8Array> {
  const source = Readable.from([bytes]);
  if (mediaType.endsWith("gzip")) return source.pipe(createGunzip());
  if (mediaType.endsWith("zstd")) return source.pipe(createZstdDecompress());
  return source;
}
