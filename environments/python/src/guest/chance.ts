import { createCipheriv, randomFillSync } from "node:crypto";

/** Fills a buffer with random bytes. */
export type Chance = (target: Uint8Array) => void;

/** Repeatable chance: the key stream of ChaCha20 (RFC 8439) under a seed of 32 bytes. */
export function seededChance(seed: Uint8Array): Chance {
  const cipher = createCipheriv("chacha20", seed, new Uint8Array(16));
  return (target) => target.set(cipher.update(new Uint8Array(target.length)));
}

/** The machine's own chance. */
export const systemChance: Chance = (target) => {
  randomFillSync(target);
};
