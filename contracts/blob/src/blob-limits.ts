import type { BlobLimits } from "./blob-driver.ts";

/** Limits of drivers that have no narrower ones of their own. */
export const blobLimitsDefault: BlobLimits = {
  keyBytesMax: 512,
  bodyBytesMax: 256 * 1024 * 1024 * 1024,
  pageMax: 1_000,
};
