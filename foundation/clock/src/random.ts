import { createHash, randomFillSync } from "node:crypto";

/** Chance as a parameter. `core` takes one instead of asking the machine. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** The machine's cryptographic generator. */
export const systemRandom: Random = { bytes: systemBytes };

/** Asking the machine costs more than the bytes: few are taken from a store that is filled at once. */
const store = new Uint8Array(4096);
const storedAskMax = 64;
let used: number = store.length;

function systemBytes(count: number): Uint8Array {
  if (count > storedAskMax) return randomFillSync(new Uint8Array(count));
  if (used + count > store.length) {
    randomFillSync(store);
    used = 0;
  }
  const bytes = store.slice(used, used + count);
  // What was handed out is not kept: memory that leaks must not tell earlier secrets.
  store.fill(0, used, used + count);
  used += count;
  return bytes;
}

/** A generator that repeats itself: SHA-256 over the seed and a counter. For tests and replays only. */
export function seededRandom(seed: string): Random {
  let counter = 0;
  return {
    bytes(count) {
      const result = new Uint8Array(count);
      for (let offset = 0; offset < count; offset += 32) {
        const block = createHash("sha256").update(`${seed}/${counter++}`).digest();
        result.set(block.subarray(0, Math.min(32, count - offset)), offset);
      }
      return result;
    },
  };
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** An identifier that sorts by time: prefix, 9 characters of milliseconds, 16 of chance (Crockford base 32). */
export function newId(prefix: string, nowMs: number, random: Random): string {
  let time = "";
  for (let rest = nowMs, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) {
    time = alphabet.charAt(rest % 32) + time;
  }
  let chance = "";
  for (const byte of random.bytes(16)) chance += alphabet.charAt(byte & 31);
  return `${prefix}_${time}${chance}`;
}
