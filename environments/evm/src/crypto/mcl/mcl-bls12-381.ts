import type { Crypto } from "../crypto.ts";
import { bls12Field } from "../curve-numbers.ts";
import { kzgVerifier } from "./mcl-kzg.ts";
import { type MclModule, mclBytes } from "./mcl-module.ts";
import { MclPairingCurve } from "./mcl-pairing-curve.ts";

type Operation = Extract<keyof Crypto, `bls12${string}`> | "verifyKzgProof";

/** The mode of `mcl` that maps as RFC 9380 does. */
const rfc9380Mode = 5;

export function mclBls12(mcl: MclModule): Pick<Crypto, Operation> {
  const curve = new MclPairingCurve(mcl, { modulus: bls12Field, isImaginaryFirst: false });
  if (mcl._mclBn_setMapToMode(rfc9380Mode) !== 0) throw new Error("Cannot map as RFC 9380 does");
  mcl._mclBn_setETHserialization(1);
  const element = curve.memory.allocate(mclBytes.fp2);
  return {
    bls12G1Add(input) {
      const [a, b] = [curve.g1(0), curve.g1(1)];
      if (!curve.setG1(a, input.subarray(0, 128))) return undefined;
      if (!curve.setG1(b, input.subarray(128, 256))) return undefined;
      mcl._mclBnG1_add(a, a, b);
      return curve.getG1(a);
    },
    bls12G2Add(input) {
      const [a, b] = [curve.g2(0), curve.g2(1)];
      if (!curve.setG2(a, input.subarray(0, 256))) return undefined;
      if (!curve.setG2(b, input.subarray(256, 512))) return undefined;
      mcl._mclBnG2_add(a, a, b);
      return curve.getG2(a);
    },
    bls12G1MultiScalar: (input, checkpoint) => curve.multiScalarG1(input, checkpoint),
    bls12G2MultiScalar: (input, checkpoint) => curve.multiScalarG2(input, checkpoint),
    bls12PairingCheck: (input, checkpoint) => curve.pairingCheck(input, checkpoint),
    bls12MapToG1(input) {
      const to = curve.g1(0);
      if (!curve.memory.setField(element, input)) return undefined;
      if (mcl._mclBnFp_mapToG1(to, element) !== 0) return undefined;
      return curve.getG1(to);
    },
    bls12MapToG2(input) {
      const to = curve.g2(0);
      if (!curve.setExtension(element, input)) return undefined;
      if (mcl._mclBnFp2_mapToG2(to, element) !== 0) return undefined;
      return curve.getG2(to);
    },
    verifyKzgProof: kzgVerifier(curve),
  };
}
