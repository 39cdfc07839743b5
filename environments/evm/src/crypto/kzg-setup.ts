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

/** Generators of the groups of BLS12-381, compressed. */
export const bls12GeneratorG1: Uint8Array = Uint8Array.from(
  Buffer.from(
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58" +
      "6c55e83ff97a1aeffb3af00adb22c6bb",
    "hex",
  ),
);
export const bls12GeneratorG2: Uint8Array = Uint8Array.from(
  Buffer.from(
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049" +
      "334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051" +
      "c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
    "hex",
  ),
);
