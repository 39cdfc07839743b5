import type { Crypto } from "../crypto.ts";
import { blake2f } from "./blake2f.ts";
import { portableBls12 } from "./bls12-381.ts";
import { portableBn254 } from "./bn254.ts";
import { portableEcdsa } from "./ecdsa.ts";
import { portableHashes } from "./hashes.ts";
import { verifyKzgProof } from "./kzg.ts";
import { modexp } from "./modexp.ts";

/** Everything in JavaScript, on noble: runs everywhere, and is what the fast providers are held against. */
export const portableCrypto: Crypto = {
  ...portableHashes,
  blake2f,
  modexp,
  ...portableEcdsa,
  ...portableBn254,
  ...portableBls12,
  verifyKzgProof,
};
