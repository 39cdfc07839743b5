import { raise } from "@bedplate/errors";
import type { StateLimits } from "./state-driver.ts";

/** A key: bytes, or a text that stands for its UTF-8. */
export type StateKey = string | Uint8Array;

interface KeyPlace {
  readonly path: string;
  readonly limits: StateLimits;
}

/** The bytes of a key, copied; throws `argument.invalid` when they are none or too many. */
export function encodeKey(key: StateKey, { path, limits }: KeyPlace): Uint8Array {
  // A lone surrogate has no UTF-8: two different texts would become one key.
  if (typeof key === "string" && !key.isWellFormed()) throw refuse(path, "is no well-formed text");
  const bytes = encodeBound(key);
  if (bytes.byteLength === 0) throw refuse(path, "must not be empty");
  if (bytes.byteLength > limits.keyBytesMax) throw refuse(path, "is too long", limits.keyBytesMax);
  return bytes;
}

/** The bytes of a range bound, copied; a bound may be empty and as long as it likes. */
export function encodeBound(key: StateKey): Uint8Array {
  return typeof key === "string" ? new TextEncoder().encode(key) : Uint8Array.from(key);
}

/** The text of a key that was written as text; throws `TypeError` for other bytes. */
export function textOfKey(key: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(key);
}

/** The first key after every key that starts with `prefix`; null when there is none. */
export function endOfPrefix(prefix: Uint8Array): Uint8Array | null {
  const last = prefix.findLastIndex((byte) => byte !== 0xff);
  if (last === -1) return null;
  const end = prefix.slice(0, last + 1);
  end[last] = (end[last] ?? 0) + 1;
  return end;
}

function refuse(path: string, rule: string, limit?: number): Error {
  return raise("argument.invalid", {
    op: "state.key",
    detail: { path, rule, limit },
    message: `Cannot use the key at ${path}: it ${rule}`,
  });
}
