export { type FileBlobOptions, openFileBlob } from "./file-blob.ts";
export { provider } from "./provider.ts";
