/** Bytes as a text that can key a Map; equal texts for equal bytes only, and in the same order. */
export function byteKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
