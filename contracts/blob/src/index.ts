export type {
  BlobCapabilities,
  BlobDriver,
  BlobInfo,
  BlobLimits,
  BlobVersion,
  ByteRange,
  DriverBlobRange,
  DriverBody,
  DriverReading,
  SealedBody,
} from "./blob-driver.ts";
export { digestOfKey } from "./blob-key.ts";
export { blobLimitsDefault } from "./blob-limits.ts";
export type { BlobRange, BlobReading } from "./blob-reading.ts";
export {
  type BlobListRequest,
  type BlobPage,
  BlobStore,
  type BlobStoreOptions,
  type PutOptions,
  type Waiting,
} from "./blob-store.ts";
export type { BlobBody, BlobExpectation } from "./incoming-body.ts";
