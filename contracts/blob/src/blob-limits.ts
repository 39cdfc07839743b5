import type { BlobLimits } from "./blob-driver.ts";

/** Limits of drivers that have no narrower ones of their own. */
export const blobLimitsDefault: BlobLimits = {
  keyBytesMax: 512,
  bodyBytesMax: 256 * 1024 * 1024 * 1024,
  pageMax: 1_000,
  metadataBytesMax: 1_024,
  metadataCountMax: 32,
  contentTypeBytesMax: 255,
  partBytesMax: 1024 * 1024 * 1024,
  partsMax: 10_000,
};
