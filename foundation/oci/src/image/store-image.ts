import { createHash } from "node:crypto";
import { raise } from "@bedplate/errors";
import { checkedBytes } from "./checked-bytes.ts";
import type { Platform } from "./image-documents.ts";
import type { ImageSource } from "./image-source.ts";
import { type ImageLayer, readImage } from "./read-image.ts";
import {
  type BlobPart,
  type LayerBlobs,
  type LayeredRoot,
  layerPartBytes,
} from "./root-description.ts";

/** Where the layers of an image go. */
export interface StoreImageOptions {
  /** Keeps bytes under their own digest. */
  readonly keep: (part: Uint8Array, signal: AbortSignal) => Promise<void>;
  /** The parts of a layer that is kept already, by the digest of its packed bytes. */
  readonly known?: ((digest: string) => Promise<readonly BlobPart[] | undefined>) | undefined;
  /** Told of each layer when all of it is kept. */
  readonly kept?: ((digest: string, parts: readonly BlobPart[]) => Promise<void>) | undefined;
  /** Most packed bytes of all layers together. */
  readonly bytesMax: number;
  readonly platform?: Platform | undefined;
  readonly signal: AbortSignal;
}

/** An image whose layers are kept. */
export interface StoredImage {
  /** Of its manifest. */
  readonly digest: string;
  readonly root: LayeredRoot;
  /** Packed bytes of its layers. */
  readonly bytes: number;
}

/** Reads an image and keeps its layers in parts; what was kept is what its documents name. */
export async function storeImage(
  source: ImageSource,
  options: StoreImageOptions,
): Promise<StoredImage> {
  const image = await readImage(source, options);
  const bytes = image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  if (bytes > options.bytesMax) throw tooLarge(options.bytesMax, bytes);
  const layers: LayerBlobs[] = [];
  for (const layer of image.layers) {
    const { diffId, compression } = layer;
    layers.push({ diffId, compression, parts: await storeLayer(source, layer, options) });
  }
  const root: LayeredRoot = { root: "layers", base: "none", layers, config: image.config };
  return { digest: image.digest, root, bytes };
}

async function storeLayer(
  source: ImageSource,
  { descriptor }: ImageLayer,
  options: StoreImageOptions,
): Promise<readonly BlobPart[]> {
  const { keep, signal } = options;
  const known = await options.known?.(descriptor.digest);
  if (known !== undefined) return known;
  const bytes = checkedBytes(source.layer(descriptor, signal), descriptor);
  const parts = await storeParts(bytes, { keep, signal });
  await options.kept?.(descriptor.digest, parts);
  return parts;
}

/** Keeps a stream in parts, each under its digest. */
export async function storeParts(
  source: AsyncIterable<Uint8Array>,
  options: Pick<StoreImageOptions, "keep" | "signal">,
): Promise<readonly BlobPart[]> {
  const parts: BlobPart[] = [];
  for await (const part of inParts(source)) {
    await options.keep(part, options.signal);
    const digest = `sha256:${createHash("sha256").update(part).digest("hex")}`;
    parts.push({ digest, bytes: part.length });
  }
  return parts;
}

async function* inParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let part = Buffer.alloc(layerPartBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(chunk.length - at, layerPartBytes - filled);
      part.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled < layerPartBytes) continue;
      yield part;
      part = Buffer.alloc(layerPartBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}

function tooLarge(limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "image.pull",
    retry: "never",
    detail: { meter: "imageBytes", limit, asked },
    message: `Cannot pull the image: its layers have ${asked} bytes, and ${limit} are the most`,
  });
}
