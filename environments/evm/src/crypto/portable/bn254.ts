import { bn254 } from "@noble/curves/bn254.js";
import { bigIntOf } from "../big-endian.ts";
import type { Checkpoint, Crypto } from "../crypto.ts";
import { pairingCheck } from "./pairing-check.ts";
import { PairingCodec } from "./pairing-codec.ts";

const codec = new PairingCodec({ curve: bn254, fieldBytes: 32, isImaginaryFirst: true });

export const portableBn254: Pick<Crypto, "bn254Add" | "bn254Multiply" | "bn254PairingCheck"> = {
  bn254Add,
  bn254Multiply,
  bn254PairingCheck: (input: Uint8Array, checkpoint?: Checkpoint) =>
    pairingCheck(codec, { input, checkpoint }),
};

function bn254Add(input: Uint8Array): Uint8Array | undefined {
  const a = codec.readG1(input.subarray(0, 64));
  const b = codec.readG1(input.subarray(64, 128));
  return a && b && codec.writeG1(a.add(b));
}

function bn254Multiply(input: Uint8Array): Uint8Array | undefined {
  const point = codec.readG1(input.subarray(0, 64));
  const scalar = bigIntOf(input.subarray(64, 96)) % bn254.fields.Fr.ORDER;
  return point && codec.writeG1(point.multiplyUnsafe(scalar));
}
