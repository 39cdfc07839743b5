import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Crypto } from "../crypto.ts";

export const portableHashes: Pick<Crypto, "keccak256" | "sha256" | "ripemd160"> = {
  keccak256: keccak_256,
  sha256,
  ripemd160,
};
