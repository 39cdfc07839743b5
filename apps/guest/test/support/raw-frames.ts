import { token } from "./agent.ts";

/** A greeting as the protocol has it. */
export function hello(): Buffer {
  const field = (tag: number, value: Buffer) =>
    Buffer.concat([Buffer.from([tag, 0, 0, value.length]), value]);
  const one = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
  const fields = [
    field(3, one),
    field(4, one),
    field(6, Buffer.from(token)),
    field(7, Buffer.alloc(16)),
  ];
  return frame(1, { body: Buffer.concat([Buffer.from("bedplate"), ...fields]) });
}

/** One frame; the kind, the channel and the stream are as they are given. */
export function frame(
  kind: number,
  more: { channel?: number; stream?: number; body?: Buffer } = {},
): Buffer {
  const { channel = 0, stream = 0, body = Buffer.alloc(0) } = more;
  const head = Buffer.alloc(8);
  head.writeUInt8(kind | (channel << 5), 0);
  head.writeUIntBE(body.length, 1, 3);
  head.writeUInt32BE(stream, 4);
  return Buffer.concat([head, body]);
}

export function numberField(tag: number, value: number): Buffer {
  const field = Buffer.alloc(12);
  field.writeUInt32BE((tag << 24) | 8, 0);
  field.writeUInt32BE(value, 8);
  return field;
}

export function textField(tag: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([tag, 0, 0, text.length]), Buffer.from(text)]);
}

/** Whole frames of what an agent sent. */
export function* framesIn(
  bytes: Buffer,
): Generator<{ kind: number; stream: number; body: Buffer }> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUIntBE(at + 1, 3);
    if (at + 8 + length > bytes.length) return;
    yield {
      kind: bytes.readUInt8(at) & 31,
      stream: bytes.readUInt32BE(at + 4),
      body: bytes.subarray(at + 8, at + 8 + length),
    };
    at += 8 + length;
  }
}
