export const noBytes: Uint8Array = new Uint8Array(0);
export const zeroWord: Uint8Array = new Uint8Array(32);

/** A byte string as a key of a `Map`: one character a byte. */
export function packed(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

export function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}

export function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

/** Without leading zeros: how RLP writes numbers. */
export function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  return start === 0 ? bytes : bytes.subarray(start);
}

/** Big-endian, as short as possible; 0 has no bytes. */
export function bytesOfNumber(value: bigint): Uint8Array {
  if (value === 0n) return noBytes;
  if (value < 0x100000000n) return trimmed(wordOfSmall(Number(value)));
  const digits = value.toString(16);
  return bytesOfHex(digits.length % 2 === 0 ? digits : `0${digits}`);
}

function wordOfSmall(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function numberOfBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hexOfBytes(bytes)}`);
}

/** Left-padded with zeros to 32 bytes. */
export function wordOfBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 32) return bytes;
  const word = new Uint8Array(32);
  word.set(bytes, 32 - bytes.length);
  return word;
}

export function wordOfNumber(value: bigint): Uint8Array {
  return wordOfBytes(bytesOfNumber(value));
}

const digitPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** Lower case, without prefix. */
export function hexOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += digitPairs[byte];
  return text;
}

/** Digits without prefix, an even number of them; the caller has checked them. */
export function bytesOfHex(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let index = 0; index < bytes.length; index++) {
    const high = valueOfDigit(digits.charCodeAt(2 * index));
    bytes[index] = (high << 4) | valueOfDigit(digits.charCodeAt(2 * index + 1));
  }
  return bytes;
}

function valueOfDigit(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87;
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
