import { createCipheriv, randomFillSync } from "node:crypto";

/** Fills a buffer with random bytes. */
export type Chance = (target: Uint8Array) => void;

/** Repeatable chance: the key stream of ChaCha20 (RFC 8439) under a seed of 32 bytes. */
export function seededChance(seed: Uint8Array): Chance {
  const cipher = createCipheriv("chacha20", seed, new Uint8Array(16));
  return (target) => {
    for (let at = 0; at < target.length; at += zeros.length) {
      const part = zeros.subarray(0, target.length - at);
      target.set(cipher.update(part), at);
    }
  };
}

/** What is enciphered, in pieces: a key stream as long as what is asked for would take it twice over. */
const zeros = new Uint8Array(65_536);

/** The machine's own chance. */
export const systemChance: Chance = (target) => {
  randomFillSync(target);
};
