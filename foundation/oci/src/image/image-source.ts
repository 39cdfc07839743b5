import type { Descriptor } from "./image-documents.ts";

/** Where an image comes from: a layout, or a registry. What it gives is not trusted. */
export interface ImageSource {
  /** The bytes and the media type of what the image's name stands for: a manifest or an index. */
  top(signal: AbortSignal): Promise<ImageDocument>;
  /** The bytes of a manifest, an index or a config; not more than its descriptor says. */
  document(descriptor: Descriptor, signal: AbortSignal): Promise<ImageDocument>;
  /** The bytes of a layer, in its own compression. */
  layer(descriptor: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ImageDocument {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}
