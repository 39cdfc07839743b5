import { raise } from "@bedplate/errors";
import { messageBytesMax, messageDepthMax } from "./channel.ts";

/** What one number or boolean counts for. */
const scalarBytes = 8;

interface Meter {
  bytes: number;
  readonly bytesMax: number;
}

/**
 * Makes a message safe to clone, and refuses one that is too large or too deep. Views of a part of
 * a buffer are copied: a structured clone would carry the whole buffer along, and with a pooled
 * `Buffer` that is other people's data; shared memory would stay shared.
 */
export function packMessage(message: unknown, bytesMax: number = messageBytesMax): unknown {
  const meter: Meter = { bytes: 0, bytesMax };
  return pack(message, meter, 0);
}

function pack(value: unknown, meter: Meter, depth: number): unknown {
  switch (typeof value) {
    case "string":
      spend(meter, value.length);
      return value;
    case "number":
    case "boolean":
    case "undefined":
    case "bigint":
      spend(meter, scalarBytes);
      return value;
    case "object":
      if (value === null) return value;
      if (value instanceof Uint8Array) return packBytes(value, meter);
      if (depth >= messageDepthMax) throw unfit(`is nested deeper than ${messageDepthMax}`);
      return Array.isArray(value)
        ? packArray(value, meter, depth)
        : packObject(value as Record<string, unknown>, meter, depth);
    default:
      throw unfit(`holds a ${typeof value}`);
  }
}

function packBytes(value: Uint8Array, meter: Meter): Uint8Array {
  spend(meter, value.byteLength);
  const isWhole = value.byteLength === value.buffer.byteLength;
  const isOwn = value.buffer instanceof ArrayBuffer;
  return isWhole && isOwn ? value : new Uint8Array(value);
}

function packArray(value: readonly unknown[], meter: Meter, depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const packed = pack(value[i], meter, depth + 1);
    if (packed === value[i]) continue;
    copy ??= [...value];
    copy[i] = packed;
  }
  return copy ?? value;
}

function packObject(
  value: Readonly<Record<string, unknown>>,
  meter: Meter,
  depth: number,
): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    spend(meter, name.length);
    const packed = pack(value[name], meter, depth + 1);
    if (packed === value[name]) continue;
    copy ??= { ...value };
    copy[name] = packed;
  }
  return copy ?? value;
}

function spend(meter: Meter, bytes: number): void {
  meter.bytes += bytes;
  if (meter.bytes <= meter.bytesMax) return;
  throw raise("quota.exceeded", {
    op: "wire.send",
    detail: { meter: "messageBytes", limit: meter.bytesMax, asked: meter.bytes },
    message: `Cannot send the message: it has more than ${meter.bytesMax} bytes`,
    retry: "never",
  });
}

function unfit(rule: string): Error {
  return raise("argument.invalid", {
    op: "wire.send",
    detail: { path: "", rule },
    message: `Cannot send the message: it ${rule}`,
  });
}
