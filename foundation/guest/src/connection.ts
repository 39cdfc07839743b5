import { randomBytes } from "node:crypto";
import { raise } from "@bedplate/errors";
import { type FieldValue, packFields } from "./fields.ts";
import { type Frame, FrameDecoder } from "./frame-decoder.ts";
import { FrameWriter, packFrame } from "./frame-writer.ts";
import { byeFault, packHello, readWelcome, type Welcome } from "./greeting.ts";
import { type Asked, closed, corrupt } from "./guest-fault.ts";
import { GuestStream, type StreamLink } from "./guest-stream.ts";
import { SharedStart } from "./shared-start.ts";
import {
  channelCount,
  creditMax,
  frameKind,
  nonceBytes,
  type Operation,
  openBytesMax,
  operation,
  tag,
} from "./wire-numbers.ts";

/** Any transport: a socket, a pair of pipes, a device. */
export interface ByteDuplex {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

export interface ConnectionOptions {
  readonly token?: Uint8Array | undefined;
  /** A device that earlier connections used too: their leftovers are passed over. */
  readonly isShared?: boolean | undefined;
  /** How many bytes of one channel a guest may send ahead. */
  readonly windowBytes: number;
}

/** Longest time for a guest to take what was sent before the farewell. */
const farewellMsMax = 500;

/** Frames over one transport, and the streams that are open on it. Every byte from it is hostile. */
export class Connection implements StreamLink {
  readonly windowBytes: number;
  readonly closed: Promise<void>;
  readonly welcome: Promise<Welcome>;
  readonly #closed = Promise.withResolvers<void>();
  readonly #welcome = Promise.withResolvers<Welcome>();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: FrameWriter;
  readonly #decoder = new FrameDecoder();
  readonly #streams = new Map<number, GuestStream>();
  readonly #nonce: Uint8Array = randomBytes(nonceBytes);
  readonly #pings: { readonly id: string; readonly done: () => void }[] = [];
  #sharedStart: SharedStart | undefined;
  #greeted: Welcome | undefined;
  #failure: unknown;
  #lastId = 0;

  constructor(duplex: ByteDuplex, options: ConnectionOptions) {
    this.windowBytes = options.windowBytes;
    this.closed = this.#closed.promise;
    this.welcome = this.#welcome.promise;
    this.welcome.catch(() => undefined);
    this.#reader = duplex.readable.getReader();
    this.#writer = new FrameWriter(duplex.writable, (error) => this.#break(error));
    const isShared = options.isShared ?? false;
    if (isShared) this.#sharedStart = new SharedStart(this.#nonce);
    this.#writer.send(packHello({ token: options.token, nonce: this.#nonce, isShared }));
    void this.#read();
  }

  get inputWindowBytes(): number {
    return this.#greeted?.inputWindowBytes ?? 0;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Begins an operation. */
  open(
    what: Operation,
    fields: readonly (readonly [number, FieldValue])[],
    asked: Asked,
  ): GuestStream {
    const room = this.#greeted?.streamsMax ?? 0;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#streams.size >= room) {
      const detail = { meter: "guest streams", limit: room, asked: room + 1 };
      const message = `Cannot ask the guest for more: ${room} operations are open`;
      throw raise("quota.exceeded", { ...asked, detail, message });
    }
    const body = packFields([
      [tag.operation, operation[what]],
      [tag.window, this.windowBytes],
      ...fields,
    ]);
    if (body.length > openBytesMax) {
      const detail = { path: asked.subject, rule: "bytes", limit: openBytesMax };
      throw raise("argument.invalid", {
        ...asked,
        detail,
        message: `Cannot ask the guest: more than ${openBytesMax} bytes`,
      });
    }
    const stream = new GuestStream(this.#nextId(), { link: this, asked });
    this.#streams.set(stream.id, stream);
    this.#writer.send(packFrame({ kind: frameKind.open, stream: stream.id }, body));
    return stream;
  }

  /** Resolves when the guest has answered. */
  ping(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = randomBytes(8);
    return new Promise((resolve, reject) => {
      this.#pings.push({ id: id.toString("hex"), done: resolve });
      void this.closed.then(() => reject(this.#failure));
      this.#writer.send(packFrame({ kind: frameKind.ping }, id));
    });
  }

  /** Says farewell and lets go; whatever is open fails. */
  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#writer.send(packFrame({ kind: frameKind.bye }));
      this.#fail(closed("the connection was closed"));
      await this.#farewell();
    }
    await this.#reader.cancel().catch(() => undefined);
  }

  /** A guest that does not read is not waited for. */
  async #farewell(): Promise<void> {
    const gone = this.#writer.close().catch(() => undefined);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, farewellMsMax);
    await Promise.race([gone, late.promise]);
    clearTimeout(timer);
    this.#writer.abort(this.#failure);
  }

  /** Ends the connection at once, for a reason that open operations get to know. */
  break(reason: unknown): void {
    this.#break(reason);
  }

  async sendData(stream: number, body: Uint8Array): Promise<void> {
    await this.#writer.ready;
    if (this.#failure !== undefined) throw this.#failure;
    this.#writer.send(packFrame({ kind: frameKind.data, stream }, body));
  }

  sendEof(stream: number): void {
    this.#control({ kind: frameKind.eof, stream });
  }

  sendCredit(stream: number, where: { readonly channel: number; readonly bytes: number }): void {
    const amount = new Uint8Array(4);
    new DataView(amount.buffer).setUint32(0, where.bytes);
    this.#control({ kind: frameKind.credit, stream, channel: where.channel }, amount);
  }

  sendCancel(stream: number): void {
    this.#control({ kind: frameKind.cancel, stream });
  }

  #control(head: Parameters<typeof packFrame>[0], body?: Uint8Array): void {
    if (this.#failure === undefined) this.#writer.send(packFrame(head, body));
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % 0x7fffffff) + 1;
    while (this.#streams.has(this.#lastId));
    return this.#lastId;
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) throw closed("the guest ended the connection");
        this.#take(this.#sharedStart === undefined ? value : this.#sharedStart.push(value));
      }
    } catch (error) {
      this.#break(error);
    }
  }

  #take(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#sharedStart = undefined;
    for (const frame of this.#decoder.push(chunk)) {
      if (this.#failure !== undefined) return;
      if (this.#greeted === undefined) this.#greet(frame);
      else this.#obey(frame);
    }
  }

  #greet(frame: Frame): void {
    this.#greeted = readWelcome(frame, this.#nonce);
    this.#welcome.resolve(this.#greeted);
  }

  #obey(frame: Frame): void {
    if (frame.kind === frameKind.bye) throw byeFault(frame.body);
    if (frame.kind === frameKind.pong) this.#takePong(frame.body);
    else this.#handOn(frame);
  }

  #handOn(frame: Frame): void {
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) throw corrupt("a stream's number");
    switch (frame.kind) {
      case frameKind.answer:
        stream.takeAnswer(frame.body);
        break;
      case frameKind.data:
        stream.takeData(frame.channel, frame.body);
        break;
      case frameKind.eof:
        stream.takeEof(frame.channel);
        break;
      case frameKind.item:
        stream.takeItem(frame.body);
        break;
      case frameKind.credit:
        this.#takeCredit(stream, frame);
        break;
      case frameKind.end:
        stream.takeEnd(frame.body);
        this.#streams.delete(stream.id);
        break;
      default:
        throw corrupt("a frame's kind");
    }
  }

  #takeCredit(stream: GuestStream, { body, channel }: Frame): void {
    if (body.length !== 4 || channel >= channelCount) throw corrupt("a credit");
    const bytes = new DataView(body.buffer, body.byteOffset, 4).getUint32(0);
    if (bytes > creditMax) throw corrupt("a credit");
    stream.takeCredit(bytes);
  }

  #takePong(body: Uint8Array): void {
    const first = this.#pings.shift();
    if (first === undefined || Buffer.from(body).toString("hex") !== first.id)
      throw corrupt("a pong");
    first.done();
  }

  #break(error: unknown): void {
    if (this.#failure !== undefined) return;
    const isOurs = error instanceof Error && "fault" in error;
    this.#fail(isOurs ? error : closed("the transport failed"));
    this.#writer.abort(this.#failure);
    this.#reader.cancel(this.#failure).catch(() => undefined);
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#welcome.reject(error);
    const open = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of open) stream.fail(error);
    this.#closed.resolve();
  }
}
