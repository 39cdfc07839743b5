import { bytesOfNumber, concatenated } from "./bytes.ts";

/** A byte string, or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** Recursive Length Prefix, as in appendix B of the Yellow Paper. */
export function rlpEncoded(item: RlpItem): Uint8Array {
  return item instanceof Uint8Array ? rlpBytes(item) : rlpList(item.map(rlpEncoded));
}

export function rlpBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && (bytes[0] ?? 0) < 0x80) return bytes;
  return prefixed(0x80, bytes);
}

export function rlpNumber(value: bigint): Uint8Array {
  return rlpBytes(bytesOfNumber(value));
}

/** Of items that are encoded already. */
export function rlpList(items: readonly Uint8Array[]): Uint8Array {
  return prefixed(0xc0, concatenated(items));
}

function prefixed(base: number, payload: Uint8Array): Uint8Array {
  const length = payload.length;
  const sizeBytes = length <= 55 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 4;
  const whole = new Uint8Array(1 + minimalSize(length, sizeBytes) + length);
  const size = minimalSize(length, sizeBytes);
  whole[0] = size === 0 ? base + length : base + 55 + size;
  for (let index = 0; index < size; index++) whole[size - index] = length >>> (8 * index);
  whole.set(payload, 1 + size);
  return whole;
}

function minimalSize(length: number, sizeBytes: number): number {
  return sizeBytes === 4 && length < 0x1000000 ? 3 : sizeBytes;
}

/** Why bytes are not RLP; the caller words it for its own input. */
export class RlpError extends Error {
  override readonly name = "RlpError";
}

const depthMax = 16;

/** Decodes one item that fills `bytes`; throws `RlpError` for whatever is not canonical. */
export function rlpDecoded(bytes: Uint8Array): RlpItem {
  const { item, end } = decodedAt(bytes, { start: 0, end: bytes.length, depth: 0 });
  if (end !== bytes.length) throw new RlpError("bytes follow the item");
  return item;
}

/** The items of a list that fills `bytes`; undefined where they are anything else. */
export function rlpItems(bytes: Uint8Array): readonly RlpItem[] | undefined {
  try {
    const item = rlpDecoded(bytes);
    return item instanceof Uint8Array ? undefined : item;
  } catch (error) {
    if (error instanceof RlpError) return undefined;
    throw error;
  }
}

interface Window {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

function decodedAt(bytes: Uint8Array, window: Window): { item: RlpItem; end: number } {
  if (window.depth > depthMax) throw new RlpError("lists nest too deep");
  const { isList, from, to } = payloadAt(bytes, window);
  if (!isList) return { item: bytes.subarray(from, to), end: to };
  const items: RlpItem[] = [];
  let start = from;
  while (start < to) {
    const inner = decodedAt(bytes, { start, end: to, depth: window.depth + 1 });
    items.push(inner.item);
    start = inner.end;
  }
  return { item: items, end: to };
}

function payloadAt(bytes: Uint8Array, { start, end }: Window) {
  const first = start < end ? bytes[start] : undefined;
  if (first === undefined) throw new RlpError("an item is missing");
  if (first < 0x80) return { isList: false, from: start, to: start + 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  const sizeBytes = short > 55 ? short - 55 : 0;
  const length = sizeBytes > 0 ? longLength(bytes, { start: start + 1, end, sizeBytes }) : short;
  const from = start + 1 + sizeBytes;
  if (from + length > end) throw new RlpError("an item is longer than its list");
  if (!isList && length === 1 && (bytes[from] ?? 0) < 0x80) {
    throw new RlpError("a small byte has a prefix");
  }
  return { isList, from, to: from + length };
}

function longLength(
  bytes: Uint8Array,
  { start, end, sizeBytes }: { start: number; end: number; sizeBytes: number },
): number {
  if (start + sizeBytes > end || sizeBytes > 6)
    throw new RlpError("a length is cut off or too large");
  let length = 0;
  for (let index = 0; index < sizeBytes; index++)
    length = length * 256 + (bytes[start + index] ?? 0);
  if (bytes[start] === 0 || length <= 55) throw new RlpError("a length is not minimal");
  return length;
}
