/** Up to this length, joining characters is faster than making a `Buffer` first. */
const shortBytes = 24;

/** Bytes as a text that can key a Map; equal texts for equal bytes only, and in the same order. */
export function byteKey(bytes: Uint8Array): string {
  if (bytes.length > shortBytes) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  }
  let key = "";
  for (const byte of bytes) key += String.fromCharCode(byte);
  return key;
}
