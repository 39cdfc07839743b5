export { openS3Blob, type S3BlobOptions } from "./open-s3-blob.ts";
export { provider } from "./provider.ts";
