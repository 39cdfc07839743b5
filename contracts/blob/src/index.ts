export type { PutOptions, Waiting } from "./blob-access.ts";
export type { BlobAttributes } from "./blob-attributes.ts";
export type { CopyRequest } from "./blob-copy.ts";
export type {
  BlobCapabilities,
  BlobCondition,
  BlobDriver,
  BlobEntry,
  BlobHead,
  BlobInfo,
  BlobLimits,
  BlobMetadata,
  BlobRange,
  BlobVersion,
  ByteRange,
  DriverBlobRange,
  DriverBody,
  DriverReading,
  DriverSigning,
  Refused,
  SealedBody,
  SignedAddress,
} from "./blob-driver.ts";
export { digestOfKey } from "./blob-key.ts";
export { blobLimitsDefault } from "./blob-limits.ts";
export type { BlobReading } from "./blob-reading.ts";
export type { SigningRequest } from "./blob-signing.ts";
export {
  type BlobListRequest,
  type BlobPage,
  BlobStore,
  type BlobStoreOptions,
  type OpenOptions,
} from "./blob-store.ts";
export type { BlobUploads, ChosenPart, UploadPart } from "./blob-uploads.ts";
export type { BlobBody, BlobExpectation } from "./incoming-body.ts";
export type { UnreferencedReport, UnreferencedRequest } from "./unreferenced.ts";
