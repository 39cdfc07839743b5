import { closed } from "./guest-fault.ts";
import { headerBytes } from "./wire-numbers.ts";

/** Bytes of control frames that may wait for a guest that does not read. */
const waitingBytesMax: number = 8 * 1024 * 1024;

/** Sends frames in order, and knows how many bytes the guest has not taken yet. */
export class FrameWriter {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onFailure: (error: unknown) => void;
  #waitingBytes = 0;

  constructor(writable: WritableStream<Uint8Array>, onFailure: (error: unknown) => void) {
    this.#writer = writable.getWriter();
    this.#onFailure = onFailure;
    this.#writer.closed.catch(onFailure);
  }

  /** Sends a frame now; a guest that takes none of many breaks the connection. */
  send(frame: Uint8Array): void {
    this.#waitingBytes += frame.length;
    if (this.#waitingBytes > waitingBytesMax) {
      this.#onFailure(closed("it does not take what is sent"));
      return;
    }
    this.#writer.write(frame).then(() => {
      this.#waitingBytes -= frame.length;
    }, this.#onFailure);
  }

  /** Resolves when the guest takes more, so that data never piles up. */
  get ready(): Promise<void> {
    return this.#writer.ready;
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  abort(reason: unknown): void {
    this.#writer.abort(reason).catch(() => undefined);
  }
}

/** A frame: kind and channel (1 byte), length (3), stream (4), body. */
export function packFrame(
  head: { readonly kind: number; readonly channel?: number; readonly stream?: number },
  body: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const frame = new Uint8Array(headerBytes + body.length);
  frame[0] = head.kind | ((head.channel ?? 0) << 5);
  frame[1] = body.length >>> 16;
  frame[2] = body.length >>> 8;
  frame[3] = body.length;
  new DataView(frame.buffer).setUint32(4, head.stream ?? 0);
  frame.set(body, headerBytes);
  return frame;
}
