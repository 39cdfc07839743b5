/**
 * The second power of the secret of the KZG ceremony in G2, compressed: all that checking a proof needs
 * of the trusted setup (consensus-specs, `trusted_setup_4096.json`, `g2_monomial[1]`).
 */
export const kzgSetupG2: Uint8Array = Uint8Array.from(
  Buffer.from(
    "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d" +
      "2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e2" +
      "3926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
    "hex",
  ),
);

/** Order of the groups of BLS12-381: what field elements of blobs are below. */
export const bls12Order: Uint8Array = Uint8Array.from(
  Buffer.from("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", "hex"),
);
