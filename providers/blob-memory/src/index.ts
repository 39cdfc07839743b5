export { type MemoryBlobOptions, openMemoryBlob } from "./memory-blob.ts";
export { provider } from "./provider.ts";
