export type {
  Checkpoint,
  Crypto,
  CryptoOperation,
  CryptoProvider,
  KzgClaim,
  Power,
  RecoverableSignature,
} from "./crypto.ts";
export { cryptoOperations } from "./crypto.ts";
export { flatCall } from "./flat-call.ts";
export { type KnownAnswer, knownAnswers } from "./known-answers.ts";
export {
  type ChosenCrypto,
  type CryptoOptions,
  type CryptoRefusal,
  openCrypto,
  openFastProviders,
} from "./open-crypto.ts";
export { portableCrypto } from "./portable/portable-crypto.ts";
export type { Precompile, PrecompileMeans, PrecompileRules } from "./precompiles/precompile.ts";
export {
  type PrecompileSet,
  precompileNumber,
  precompiles,
  precompilesOf,
} from "./precompiles/precompile-set.ts";
