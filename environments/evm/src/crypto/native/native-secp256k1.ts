import { isZero } from "../big-endian.ts";
import type { CryptoProvider } from "../crypto.ts";
import { versionOf } from "../version-of.ts";

interface Bindings {
  ecdsaRecover(
    signature: Uint8Array,
    recovery: number,
    hash: Uint8Array,
    isCompressed: boolean,
  ): Uint8Array;
}

/**
 * libsecp256k1 as the package `secp256k1` brings it, built beforehand. The path is that of its native
 * half: the package's own entry would fall back to JavaScript without a word.
 */
export async function openNativeSecp256k1(): Promise<CryptoProvider> {
  const path = "secp256k1/bindings.js";
  const { default: bindings } = (await import(path)) as { readonly default: Bindings };
  const signature = new Uint8Array(64);
  return {
    name: `secp256k1@${await versionOf("secp256k1")}`,
    operations: {
      recoverKey(hash, { r, s, yParity }) {
        if (isZero(r) || isZero(s)) return undefined;
        signature.set(r);
        signature.set(s, 32);
        try {
          return bindings.ecdsaRecover(signature, yParity, hash, false).slice(1);
        } catch {
          return undefined;
        }
      },
    },
  };
}
