/** The number that bytes spell, most significant first. */
export function bigIntOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const { buffer, byteOffset, byteLength } = bytes;
  return BigInt(`0x${Buffer.from(buffer, byteOffset, byteLength).toString("hex")}`);
}

/** A number as so many bytes, most significant first; it must fit. */
export function bytesOf(value: bigint, length: number): Uint8Array {
  if (length === 0) return new Uint8Array();
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * length, "0"), "hex"));
}

/** Bytes from an offset on, with zeros after the end. */
export function paddedSlice(
  bytes: Uint8Array,
  { at, length }: { readonly at: number; readonly length: number },
): Uint8Array {
  const slice = new Uint8Array(length);
  if (at < bytes.length) slice.set(bytes.subarray(at, at + length));
  return slice;
}

/** Whether the number that `bytes` spell is smaller than that of equally many others. */
export function isBelow(bytes: Uint8Array, bound: Uint8Array): boolean {
  for (let at = 0; at < bound.length; at++) {
    const difference = (bytes[at] ?? 0) - (bound[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

export function isZero(bytes: Uint8Array): boolean {
  for (const each of bytes) if (each !== 0) return false;
  return true;
}
