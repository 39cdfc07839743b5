export { type FileBlobOptions, openFileBlob } from "./file-blob.ts";
