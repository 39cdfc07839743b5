import type { Crypto } from "../crypto.ts";
import { bn254Field } from "../curve-numbers.ts";
import type { MclModule } from "./mcl-module.ts";
import { MclPairingCurve } from "./mcl-pairing-curve.ts";

export function mclBn254(
  mcl: MclModule,
): Pick<Crypto, "bn254Add" | "bn254Multiply" | "bn254PairingCheck"> {
  const curve = new MclPairingCurve(mcl, { modulus: bn254Field, isImaginaryFirst: true });
  const [a, b] = [curve.g1(0), curve.g1(1)];
  const scalar = curve.memory.allocate(32);
  return {
    bn254Add(input) {
      if (!curve.setG1(a, input.subarray(0, 64))) return undefined;
      if (!curve.setG1(b, input.subarray(64, 128))) return undefined;
      mcl._mclBnG1_add(a, a, b);
      return curve.getG1(a);
    },
    bn254Multiply(input) {
      if (!curve.setG1(a, input.subarray(0, 64))) return undefined;
      curve.memory.setScalar(scalar, input.subarray(64, 96));
      mcl._mclBnG1_mul(a, a, scalar);
      return curve.getG1(a);
    },
    bn254PairingCheck: (input, checkpoint) => curve.pairingCheck(input, checkpoint),
  };
}
