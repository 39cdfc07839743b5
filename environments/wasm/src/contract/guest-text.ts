import { byteKey } from "../run/byte-key.ts";
import { trapped } from "../run/ending.ts";
import type { Guest } from "../run/guest.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads UTF-8 that a guest gave; ends the run where it is none. */
export function decodeText(guest: Guest, bytes: Uint8Array): string {
  // One character for each byte: for ASCII that is UTF-8.
  if (bytes.every((byte) => byte < 0x80)) return byteKey(bytes);
  try {
    return strict.decode(bytes);
  } catch {
    return guest.end(trapped("a text is not UTF-8"));
  }
}
