import type { Crypto } from "./crypto.ts";
import { type ChosenCrypto, openCrypto } from "./open-crypto.ts";

/** Chosen once: loading the fast providers takes longer than most tests. */
let chosen: Promise<ChosenCrypto> | undefined;

/** The cryptography that everything in this thread shares. */
export async function sharedCrypto(): Promise<Crypto> {
  chosen ??= openCrypto();
  return (await chosen).crypto;
}
