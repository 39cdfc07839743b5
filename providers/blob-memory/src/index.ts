export { type MemoryBlobOptions, openMemoryBlob } from "./memory-blob.ts";
