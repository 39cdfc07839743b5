import { isBelow, isZero } from "../big-endian.ts";
import type { Crypto, RecoverableSignature } from "../crypto.ts";
import { secp256k1Field, secp256k1Order } from "../curve-numbers.ts";
import { coordinates, MclMemory } from "./mcl-memory.ts";
import { type MclModule, mclBytes } from "./mcl-module.ts";

/** Recovers keys: Q = r⁻¹(s·R - z·G) (SEC 1, 4.1.6). */
export function mclSecp256k1(mcl: MclModule): Pick<Crypto, "recoverKey"> {
  const memory = new MclMemory(mcl, secp256k1Field);
  const points = memory.allocate(2 * mclBytes.g1);
  const scalars = memory.allocate(2 * mclBytes.fr);
  const [r, seven] = [memory.allocate(mclBytes.fr), memory.allocate(mclBytes.fp)];
  const key = memory.allocate(mclBytes.g1);
  const [generator, nonce] = [points, points + mclBytes.g1];
  mcl._mclBnFp_setInt32(seven, 7);

  /** The point with that x coordinate and that parity of y; false where the curve has none. */
  function setNonce(signature: RecoverableSignature): boolean {
    const { x, y, z } = coordinates;
    if (!memory.setField(nonce + x, signature.r)) return false;
    mcl._mclBnFp_sqr(nonce + y, nonce + x);
    mcl._mclBnFp_mul(nonce + y, nonce + y, nonce + x);
    mcl._mclBnFp_add(nonce + y, nonce + y, seven);
    if (mcl._mclBnFp_squareRoot(nonce + y, nonce + y) !== 0) return false;
    if (mcl._mclBnFp_isOdd(nonce + y) !== signature.yParity) mcl._mclBnFp_neg(nonce + y, nonce + y);
    mcl._mclBnFp_setInt32(nonce + z, 1);
    return true;
  }

  return {
    recoverKey(hash, signature) {
      if (!isScalar(signature.r) || !isScalar(signature.s) || !setNonce(signature))
        return undefined;
      memory.setScalar(r, signature.r);
      memory.setScalar(scalars, hash);
      mcl._mclBnFr_neg(scalars, scalars);
      mcl._mclBnFr_div(scalars, scalars, r);
      memory.setScalar(scalars + mclBytes.fr, signature.s);
      mcl._mclBnFr_div(scalars + mclBytes.fr, scalars + mclBytes.fr, r);
      mcl._mclBnG1_getBasePoint(generator);
      mcl._mclBnG1_mulVec(key, points, scalars, 2);
      if (mcl._mclBnG1_isZero(key) !== 0) return undefined;
      mcl._mclBnG1_normalize(key, key);
      const bytes = new Uint8Array(64);
      memory.getField(key + coordinates.x, bytes.subarray(0, 32));
      memory.getField(key + coordinates.y, bytes.subarray(32));
      return bytes;
    },
  };
}

function isScalar(bytes: Uint8Array): boolean {
  return isBelow(bytes, secp256k1Order) && !isZero(bytes);
}
