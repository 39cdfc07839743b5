import type { ByteDuplex } from "../../src/index.ts";

/** The other end of a client, in the hands of a test: it greets, unless it is silent, and sends what it is told. */
export class FakeAgent {
  readonly duplex: ByteDuplex;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(options: { readonly isSilent?: boolean } = {}) {
    let hasGreeted = options.isSilent ?? false;
    this.duplex = {
      readable: new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#controller = controller;
        },
      }),
      writable: new WritableStream<Uint8Array>({
        write: (chunk) => {
          if (hasGreeted) return;
          hasGreeted = true;
          // The nonce is the last field of a HELLO.
          this.send(welcome(Buffer.from(chunk.subarray(-16))));
        },
      }),
    };
  }

  send(bytes: Uint8Array): void {
    try {
      this.#controller?.enqueue(bytes);
    } catch {
      // The client has gone, as it should.
    }
  }

  end(): void {
    try {
      this.#controller?.close();
    } catch {
      // The client was faster.
    }
  }
}

export function frame(
  kind: number,
  more: { channel?: number; stream?: number; body?: Uint8Array } = {},
): Buffer {
  const { channel = 0, stream = 0, body = Buffer.alloc(0) } = more;
  const head = Buffer.alloc(8);
  head.writeUInt8((kind | (channel << 5)) & 255, 0);
  head.writeUIntBE(body.length, 1, 3);
  head.writeUInt32BE(stream, 4);
  return Buffer.concat([head, body]);
}

/** Fields that are numbers. */
export function fields(...pairs: readonly (readonly [number, number])[]): Buffer {
  return Buffer.concat(
    pairs.map(([tag, value]) => {
      const field = Buffer.alloc(12);
      field.writeUInt32BE(((tag << 24) | 8) >>> 0, 0);
      field.writeBigUInt64BE(BigInt(value), 4);
      return field;
    }),
  );
}

function welcome(nonce: Buffer): Buffer {
  const block = (tag: number, value: Buffer) =>
    Buffer.concat([Buffer.from([tag, 0, 0, value.length]), value]);
  const body = [
    Buffer.from("bedplate"),
    fields([5, 1]),
    block(7, nonce),
    block(8, Buffer.alloc(16, 9)),
    fields([10, 262_144], [14, 256]),
  ];
  return frame(2, { body: Buffer.concat(body) });
}
