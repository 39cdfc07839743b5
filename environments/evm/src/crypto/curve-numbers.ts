function numberOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** Moduli of base fields and orders of groups, 32 bytes each but for the 64 of `bls12Field`. */
export const secp256k1Field: Uint8Array = numberOf(
  "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
);
export const secp256k1Order: Uint8Array = numberOf(
  "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
);
export const p256Field: Uint8Array = numberOf(
  "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
);
export const p256Order: Uint8Array = numberOf(
  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
);
export const bn254Field: Uint8Array = numberOf(
  "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
);
/** With the sixteen zeros in front that the encoding of EIP-2537 has. */
export const bls12Field: Uint8Array = numberOf(
  "000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd7" +
    "64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
);
/** Also what the field elements of blobs are below. */
export const bls12Order: Uint8Array = numberOf(
  "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
);
