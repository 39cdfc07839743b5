import { Fields } from "./fields.ts";
import { type Asked, closed, corrupt, faultOfCode } from "./guest-fault.ts";
import { Inbox, type InboxFeeder } from "./inbox.ts";
import { channel, creditMax, dataBytesMax, tag } from "./wire-numbers.ts";

/** What a stream needs of the connection. */
export interface StreamLink {
  readonly windowBytes: number;
  /** How many bytes the guest takes before it gives credit. */
  readonly inputWindowBytes: number;
  sendData(stream: number, body: Uint8Array): Promise<void>;
  sendEof(stream: number): void;
  sendCredit(stream: number, where: { readonly channel: number; readonly bytes: number }): void;
  sendCancel(stream: number): void;
}

/** Shortest field row that an item can be. */
const itemBytesMin = 24;

/** One operation on the guest, from OPEN to END, as its asker sees it. */
export class GuestStream {
  readonly id: number;
  readonly asked: Asked;
  /** The answer; rejects when the operation failed before it had one. */
  readonly answer: Promise<Fields>;
  /** The fields of the end; rejects with a fault when the operation failed. */
  readonly end: Promise<Fields>;
  readonly output: Inbox<Uint8Array>;
  readonly error: Inbox<Uint8Array>;
  readonly items: Inbox<Fields>;
  readonly #link: StreamLink;
  readonly #answer = Promise.withResolvers<Fields>();
  readonly #end = Promise.withResolvers<Fields>();
  readonly #endedChannels = new Set<number>();
  #isAnswered = false;
  #isOver = false;
  #isCancelled = false;
  #inputCredit: number;
  #onCredit: (() => void) | undefined;

  constructor(id: number, options: { readonly link: StreamLink; readonly asked: Asked }) {
    const { link, asked } = options;
    this.id = id;
    this.asked = asked;
    this.#link = link;
    this.#inputCredit = link.inputWindowBytes;
    this.answer = this.#answer.promise;
    this.end = this.#end.promise;
    // Whoever does not wait for one of them has the other.
    this.answer.catch(() => undefined);
    this.end.catch(() => undefined);
    const { windowBytes } = link;
    this.output = new Inbox(this.#feeder(channel.output), { windowBytes, join });
    this.error = new Inbox(this.#feeder(channel.error), { windowBytes, join });
    this.items = new Inbox(this.#feeder(channel.items), { windowBytes });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends input within the guest's credit; resolves when the connection has taken all of it. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      while (this.#inputCredit <= 0 && !this.#hasEnded()) await this.#untilCredit();
      if (this.#hasEnded()) throw closed("the operation has ended");
      const part = bytes.subarray(at, at + dataBytesMax);
      this.#inputCredit -= part.length;
      at += part.length;
      await this.#link.sendData(this.id, part);
    }
  }

  endInput(): void {
    if (!this.#isOver) this.#link.sendEof(this.id);
  }

  /** Gives the operation up; what still comes of it is dropped. */
  cancel(reason: unknown): void {
    if (this.#isOver || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#link.sendCancel(this.id);
    this.#settle({ error: reason });
  }

  /** What the connection hands on; throws for what the protocol does not allow. */
  takeAnswer(body: Uint8Array): void {
    if (this.#isAnswered) throw corrupt("a second answer");
    this.#isAnswered = true;
    this.#answer.resolve(Fields.read(body));
  }

  takeData(on: number, body: Uint8Array): void {
    if (!this.#isAnswered && !this.#isCancelled) throw corrupt("output before an answer");
    if (on === channel.output) this.output.push(body.slice(), body.length);
    else if (on === channel.error) this.error.push(body.slice(), body.length);
    else throw corrupt("a channel");
  }

  takeEof(on: number): void {
    if (this.#endedChannels.has(on)) throw corrupt("a second end of a channel");
    this.#endedChannels.add(on);
    if (on === channel.output) this.output.finish();
    else if (on === channel.error) this.error.finish();
    else throw corrupt("a channel");
  }

  takeItem(body: Uint8Array): void {
    if (body.length < itemBytesMin) throw corrupt("an item");
    this.items.push(Fields.read(body), body.length);
  }

  takeCredit(bytes: number): void {
    if (bytes === 0) throw corrupt("a credit");
    this.#inputCredit += bytes;
    if (this.#inputCredit > creditMax) throw corrupt("a credit");
    this.#onCredit?.();
  }

  takeEnd(body: Uint8Array): void {
    const fields = Fields.read(body);
    const code = fields.needNumber(tag.code);
    this.#isOver = true;
    this.#settle(code === 0 ? { fields } : { error: faultOfCode(code, this.asked) });
  }

  /** The connection broke. */
  fail(error: unknown): void {
    this.#isOver = true;
    this.#settle({ error });
  }

  #settle(end: { readonly fields: Fields } | { readonly error: unknown }): void {
    const inboxes = [this.output, this.error, this.items];
    if ("fields" in end) {
      this.#answer.reject(corrupt("an end without an answer"));
      this.#end.resolve(end.fields);
      for (const inbox of inboxes) inbox.finish();
    } else {
      this.#answer.reject(end.error);
      this.#end.reject(end.error);
      for (const inbox of inboxes) inbox.finish({ error: end.error });
    }
    this.#onCredit?.();
  }

  #hasEnded(): boolean {
    return this.#isOver || this.#isCancelled;
  }

  #feeder(on: number): InboxFeeder {
    return { credit: (bytes) => this.#link.sendCredit(this.id, { channel: on, bytes }) };
  }

  #untilCredit(): Promise<void> {
    if (this.#onCredit !== undefined) throw closed("two writers wait for one channel");
    return new Promise((resolve) => {
      this.#onCredit = () => {
        this.#onCredit = undefined;
        resolve();
      };
    });
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  return Buffer.concat([first, second]);
}
