/** Bytes as a text that can key a Map; equal texts for equal bytes only, and in the same order. */
export function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The bytes of such a text. */
export function bytesOf(name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(name, "latin1"));
}

/** True for equal bytes, or twice nothing. */
export function isSameValue(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && Buffer.compare(a, b) === 0;
}

/** Orders names as their bytes are ordered. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
