export { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
export { CborWriter } from "./cbor-writer.ts";
export { type CursorScope, openCursor, sealCursor } from "./cursor.ts";
export { type Digest, digestBytes, digestValue, isDigest } from "./digest.ts";
