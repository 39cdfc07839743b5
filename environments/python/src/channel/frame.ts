/** Longest frame either side accepts, in bytes: a module, a memory image or a run with its files. */
export const frameBytesMax: number = 512 * 1024 * 1024;

/** Longest header, in bytes. */
export const headerBytesMax: number = 256 * 1024 * 1024;

/** One message between the host and a guest process: a JSON header, and bytes as they are. */
export interface Frame {
  readonly header: unknown;
  readonly body: Uint8Array;
}

/** Two lengths of 32 bits: the whole frame without this prefix, and the header. */
export const prefixBytes = 8;

/** Prefix and header of a frame; its body follows as it is. */
export function encodeFrameHead(header: unknown, bodyBytes: number): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(prefixBytes + text.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, text.length + bodyBytes);
  view.setUint32(4, text.length);
  head.set(text, prefixBytes);
  return head;
}

/** Lengths from a prefix; throws for a frame that no honest side sends. */
export function decodePrefix(prefix: Uint8Array): {
  readonly total: number;
  readonly header: number;
} {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes);
  const total = view.getUint32(0);
  const header = view.getUint32(4);
  if (total > frameBytesMax || header > total || header > headerBytesMax) {
    throw new RangeError("the frame is too long");
  }
  return { total, header };
}

/** A frame from its bytes after the prefix. */
export function decodeFrame(bytes: Uint8Array, headerBytes: number): Frame {
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, headerBytes)));
  return { header, body: bytes.subarray(headerBytes) };
}

/** Puts byte strings behind one another, for a body that holds several. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Takes a body apart again; throws when the lengths do not add up. */
export function splitBytes(body: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== body.length) throw new RangeError("the parts of the frame do not add up");
  let at = 0;
  return lengths.map((length) => {
    const part = body.subarray(at, at + length);
    at += length;
    return part;
  });
}
