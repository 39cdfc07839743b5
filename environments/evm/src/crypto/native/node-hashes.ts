import { hash } from "node:crypto";
import type { CryptoProvider } from "../crypto.ts";

/** The hashes that Node's OpenSSL has; `crypto.hash` answers from a shared pool, so copies go out. */
export const nodeHashes: CryptoProvider = {
  name: `node:crypto@${process.versions.node}`,
  operations: {
    sha256: (bytes) => new Uint8Array(hash("sha256", bytes, "buffer")),
    ripemd160: (bytes) => new Uint8Array(hash("ripemd160", bytes, "buffer")),
  },
};
