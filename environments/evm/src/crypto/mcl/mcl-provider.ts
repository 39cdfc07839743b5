import type { CryptoProvider } from "../crypto.ts";
import { mclBls12 } from "./mcl-bls12-381.ts";
import { mclBn254 } from "./mcl-bn254.ts";
import { loadMcl, openMclCurve } from "./mcl-module.ts";
import { mclP256 } from "./mcl-p256.ts";
import { mclSecp256k1 } from "./mcl-secp256k1.ts";

/** The curves in WebAssembly, each in an instance of its own; rejects where `mcl-wasm` is not there. */
export async function openMclProvider(): Promise<CryptoProvider> {
  const { create, version } = await loadMcl();
  const [bn254, bls12, secp256k1, p256] = await Promise.all([
    openMclCurve(create, "bn254"),
    openMclCurve(create, "bls12"),
    openMclCurve(create, "secp256k1"),
    openMclCurve(create, "p256"),
  ]);
  return {
    name: `mcl-wasm@${version}`,
    operations: {
      ...mclSecp256k1(secp256k1),
      ...mclP256(p256),
      ...mclBn254(bn254),
      ...mclBls12(bls12),
    },
  };
}
