/** One value of the Distinguished Encoding Rules (ITU-T X.690): tag, length, contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

/** An object identifier, for example `2.5.4.3`. */
export function derObjectId(id: string): Buffer {
  const [first = 0, second = 0, ...rest] = id.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A text in UTF-8. */
export function derText(text: string): Buffer {
  return der(0x0c, Buffer.from(text, "utf8"));
}

/** An instant, to the second. */
export function derTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, "").slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`, "ascii"));
}

/** A bit string of whole bytes. */
export function derBits(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), bytes);
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
