import type { Crypto } from "./crypto.ts";
import type { ChosenCrypto } from "./open-crypto.ts";

/** Chosen once: loading the fast providers takes longer than most tests. */
let chosen: Promise<ChosenCrypto> | undefined;

/** The cryptography that everything in this thread shares; loaded where it is first used. */
export async function sharedCrypto(): Promise<Crypto> {
  chosen ??= import("./open-crypto.ts").then(({ openCrypto }) => openCrypto());
  return (await chosen).crypto;
}
