import { bigIntOf, isBelow, isZero } from "../big-endian.ts";
import type { Crypto } from "../crypto.ts";
import { p256Field, p256Order } from "../curve-numbers.ts";
import { coordinates, MclMemory } from "./mcl-memory.ts";
import { type MclModule, mclBytes } from "./mcl-module.ts";

const order = bigIntOf(p256Order);

/** Verifies signatures of hashes: x(s⁻¹(z·G + r·Q)) = r, both modulo the order (FIPS 186-5, 6.4.2). */
export function mclP256(mcl: MclModule): Pick<Crypto, "verifyP256"> {
  const memory = new MclMemory(mcl, p256Field);
  const points = memory.allocate(2 * mclBytes.g1);
  const scalars = memory.allocate(2 * mclBytes.fr);
  const [s, sum] = [memory.allocate(mclBytes.fr), memory.allocate(mclBytes.g1)];
  const [generator, key] = [points, points + mclBytes.g1];

  function setKey(x: Uint8Array, y: Uint8Array): boolean {
    if (isZero(x) && isZero(y)) return false;
    if (!memory.setField(key + coordinates.x, x)) return false;
    if (!memory.setField(key + coordinates.y, y)) return false;
    mcl._mclBnFp_setInt32(key + coordinates.z, 1);
    return mcl._mclBnG1_isValid(key) === 1;
  }

  return {
    verifyP256(input) {
      const [hash, r, sBytes, x, y] = [0, 32, 64, 96, 128].map((at) => input.subarray(at, at + 32));
      if (!hash || !r || !sBytes || !x || !y) return false;
      if (!isScalar(r) || !isScalar(sBytes) || !setKey(x, y)) return false;
      memory.setScalar(s, sBytes);
      memory.setScalar(scalars, hash);
      mcl._mclBnFr_div(scalars, scalars, s);
      memory.setScalar(scalars + mclBytes.fr, r);
      mcl._mclBnFr_div(scalars + mclBytes.fr, scalars + mclBytes.fr, s);
      mcl._mclBnG1_getBasePoint(generator);
      mcl._mclBnG1_mulVec(sum, points, scalars, 2);
      if (mcl._mclBnG1_isZero(sum) !== 0) return false;
      mcl._mclBnG1_normalize(sum, sum);
      const found = new Uint8Array(32);
      memory.getField(sum + coordinates.x, found);
      return bigIntOf(found) % order === bigIntOf(r);
    },
  };
}

function isScalar(bytes: Uint8Array): boolean {
  return isBelow(bytes, p256Order) && !isZero(bytes);
}
