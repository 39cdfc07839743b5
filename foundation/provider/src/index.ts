export { ContactLost, faultOfContactLost, type LostContext, reasonOf } from "./contact-lost.ts";
export { isSecretName, maskProviderUrl } from "./mask.ts";
export type {
  ProviderContract,
  ProviderHost,
  ProviderModule,
  ScratchPlace,
} from "./provider-module.ts";
export { type ProviderUrl, type ProviderUrlOptions, readProviderUrl } from "./provider-url.ts";
export { readSecret, type Secret } from "./secret.ts";
