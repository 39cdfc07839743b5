export { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
export { type Digest, digestBytes, digestValue, isDigest } from "./digest.ts";
