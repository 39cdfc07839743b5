import { isBelow, isZero } from "../big-endian.ts";
import type { Crypto, KzgClaim } from "../crypto.ts";
import { bls12Field, bls12Order } from "../curve-numbers.ts";
import { bls12GeneratorG1, bls12GeneratorG2, kzgSetupG2 } from "../kzg-setup.ts";
import { mclBytes } from "./mcl-module.ts";
import type { MclPairingCurve } from "./mcl-pairing-curve.ts";

/** Holds e(C - y + z·P, G₂) against e(P, τ·G₂): see the portable one. */
export function kzgVerifier(curve: MclPairingCurve): Crypto["verifyKzgProof"] {
  const { mcl, memory } = curve;
  const setup = memory.allocate(mclBytes.g2);
  const base = memory.allocate(mclBytes.g2);
  const vector = memory.allocate(2 * mclBytes.g1);
  const scalars = memory.allocate(2 * mclBytes.fr);
  const commitment = memory.allocate(mclBytes.g1);
  const gt = memory.allocate(mclBytes.gt);
  readG2(curve, { to: setup, bytes: kzgSetupG2 });
  readG2(curve, { to: base, bytes: bls12GeneratorG2 });
  return (claim) => {
    if (!isBelow(claim.z, bls12Order) || !isBelow(claim.y, bls12Order)) return false;
    return holds(claim);
  };

  function holds(claim: KzgClaim): boolean {
    const proof = vector + mclBytes.g1;
    if (!readG1(curve, { to: commitment, bytes: claim.commitment })) return false;
    if (!readG1(curve, { to: proof, bytes: claim.proof })) return false;
    memory.copy(curve.g1(1), proof, mclBytes.g1);
    mcl._mclBnG1_neg(curve.g1(1), curve.g1(1));
    readG1(curve, { to: vector, bytes: bls12GeneratorG1 });
    memory.setScalar(scalars, claim.y);
    mcl._mclBnFr_neg(scalars, scalars);
    memory.setScalar(scalars + mclBytes.fr, claim.z);
    mcl._mclBnG1_mulVec(curve.g1(0), vector, scalars, 2);
    mcl._mclBnG1_add(curve.g1(0), curve.g1(0), commitment);
    mcl._mclBnG1_normalize(curve.g1(0), curve.g1(0));
    memory.copy(curve.g2(0), base, mclBytes.g2);
    memory.copy(curve.g2(1), setup, mclBytes.g2);
    mcl._mclBn_millerLoopVec(gt, curve.g1(0), curve.g2(0), 2);
    mcl._mclBn_finalExp(gt, gt);
    return mcl._mclBnGT_isOne(gt) !== 0;
  }
}

interface Compressed {
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** A compressed point of the subgroup; `mcl` is lenient with infinity, whose bytes are only one. */
function readG1({ mcl, memory }: MclPairingCurve, { to, bytes }: Compressed): boolean {
  const head = bytes[0] ?? 0;
  if (head >= 0xc0) {
    mcl._mclBnG1_clear(to);
    return head === 0xc0 && isZero(bytes.subarray(1));
  }
  if (head < 0x80) return false;
  const x = new Uint8Array(64);
  x.set(bytes, 16);
  x[16] = head & 0x1f;
  if (!isBelow(x, bls12Field)) return false;
  if (mcl._mclBnG1_deserialize(to, memory.stage(bytes), 48) !== 48) return false;
  return mcl._mclBnG1_isValid(to) === 1 && mcl._mclBnG1_isValidOrder(to) === 1;
}

function readG2({ mcl, memory }: MclPairingCurve, { to, bytes }: Compressed): void {
  if (mcl._mclBnG2_deserialize(to, memory.stage(bytes), 96) !== 96) {
    throw new Error("Cannot read a point of the trusted setup: mcl refuses it");
  }
}
