import { raise } from "@bedplate/errors";
import { messageBytesMax } from "../channel.ts";

/** A flag byte and four bytes of length come before each message of a stream. */
const headBytes = 5;

/** Says that the message is the stream's end: `{}`, or `{"error": ...}`. */
const endFlag = 0x02;

/** One message of a Connect stream. */
export interface Envelope {
  readonly isEnd: boolean;
  readonly value: unknown;
}

/** Writes one message of a stream. */
export function writeEnvelope({ isEnd, value }: Envelope): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(isEnd ? endFlag : 0, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Reads the messages of a stream as they come. Compressed ones are refused: none are asked for. */
export async function* readEnvelopes(
  source: AsyncIterable<Buffer>,
  bytesMax: number = messageBytesMax,
): AsyncGenerator<Envelope> {
  let parts: Buffer[] = [];
  let have = 0;
  let need = headBytes;
  for await (const part of source) {
    parts.push(part);
    have += part.length;
    while (have >= need) {
      const all = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
      parts = [all];
      const length = all.readUInt32BE(1);
      if (length > bytesMax) throw unreadable(`a message has more than ${bytesMax} bytes`);
      need = headBytes + length;
      if (have < need) break;
      yield readOne(all, need);
      parts = [all.subarray(need)];
      have -= need;
      need = headBytes;
    }
  }
  if (have > 0) throw unreadable("it ends within a message");
}

function readOne(all: Buffer, end: number): Envelope {
  const flags = all.readUInt8(0);
  if ((flags & ~endFlag) !== 0) throw unreadable(`a message has the unknown flags ${flags}`);
  return { isEnd: flags === endFlag, value: parseJson(all.subarray(headBytes, end)) };
}

/** Parses a message; an empty one is `{}`. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw unreadable("a message is no JSON", cause);
  }
}

/** Reads a whole body, up to a limit. */
export async function readBody(
  source: AsyncIterable<Buffer>,
  bytesMax: number = messageBytesMax,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let have = 0;
  for await (const part of source) {
    have += part.length;
    if (have > bytesMax) throw unreadable(`it has more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function unreadable(why: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "wire.receive",
    detail: { path: "", rule: "connect" },
    message: `Cannot read the message: ${why}`,
    cause,
  });
}
