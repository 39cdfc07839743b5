import { closed, corrupt } from "./guest-fault.ts";

/** What an inbox tells the connection. */
export interface InboxFeeder {
  /** So many bytes have been consumed; the guest may send as many more. */
  credit(bytes: number): void;
}

interface Waiter<T> {
  resolve(item: T | undefined): void;
  reject(error: unknown): void;
}

/** Pieces that are smaller together are joined. */
const joinedBytesMax = 4096;

/**
 * Holds what a guest has sent on one channel until it is consumed. The guest never has more under way
 * than the window, plus one frame; a guest that sends without credit breaks the protocol.
 */
export class Inbox<T> {
  readonly #feeder: InboxFeeder;
  readonly #windowBytes: number;
  readonly #join: ((first: T, second: T) => T) | undefined;
  #credit: number;
  #pieces: { readonly item: T; readonly bytes: number }[] = [];
  #consumed = 0;
  #consumedEver = 0;
  #waiter: Waiter<T> | undefined;
  #end: { readonly error?: unknown } | undefined;
  #isDiscarding = false;

  constructor(
    feeder: InboxFeeder,
    options: { readonly windowBytes: number; readonly join?: (first: T, second: T) => T },
  ) {
    const { windowBytes, join } = options;
    this.#feeder = feeder;
    this.#windowBytes = windowBytes;
    this.#join = join;
    this.#credit = windowBytes;
  }

  /** Bytes that the consumer has taken since the start. */
  get consumedBytes(): number {
    return this.#consumedEver;
  }

  /** Takes a piece that arrived; throws when the guest had no right to send it. */
  push(item: T, bytes: number): void {
    if (this.#credit <= 0 || bytes < 1) throw corrupt("what it sent without being asked");
    this.#credit -= bytes;
    if (this.#end !== undefined) return;
    const waiter = this.#waiter;
    if (waiter === undefined && !this.#isDiscarding) {
      this.#keep(item, bytes);
      return;
    }
    this.#waiter = undefined;
    this.#consume(bytes);
    if (this.#isDiscarding) this.#giveCredit();
    waiter?.resolve(item);
  }

  /** No more comes; with `error`, the channel failed after what came. */
  finish(end: { readonly error?: unknown } = {}): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter === undefined) return;
    if ("error" in end) waiter.reject(end.error);
    else waiter.resolve(undefined);
  }

  /** The next piece; undefined at the end. */
  next(): Promise<T | undefined> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#consume(piece.bytes);
      return Promise.resolve(piece.item);
    }
    if (this.#end !== undefined) {
      return "error" in this.#end ? Promise.reject(this.#end.error) : Promise.resolve(undefined);
    }
    if (this.#waiter !== undefined)
      return Promise.reject(closed("two readers wait for one channel"));
    // The guest may keep less than a quarter of the window, and wait for this.
    this.#giveCredit();
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** Drops what is there and what comes: nobody reads this channel any more. */
  discard(): void {
    this.#isDiscarding = true;
    const bytes = this.#pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    this.#pieces = [];
    this.#consume(bytes);
    this.#giveCredit();
  }

  /** Small pieces become one, so that a guest cannot make us hold many for few bytes. */
  #keep(item: T, bytes: number): void {
    const last = this.#pieces.at(-1);
    const isSmall = last !== undefined && last.bytes + bytes <= joinedBytesMax;
    if (!isSmall || this.#join === undefined) {
      this.#pieces.push({ item, bytes });
      return;
    }
    this.#pieces[this.#pieces.length - 1] = {
      item: this.#join(last.item, item),
      bytes: last.bytes + bytes,
    };
  }

  /** Credit goes back in quarters of the window, so that it costs little. */
  #consume(bytes: number): void {
    this.#consumed += bytes;
    this.#consumedEver += bytes;
    if (this.#consumed >= this.#windowBytes / 4) this.#giveCredit();
  }

  #giveCredit(): void {
    if (this.#consumed === 0 || this.#end !== undefined) return;
    const credit = this.#consumed;
    this.#consumed = 0;
    this.#credit += credit;
    this.#feeder.credit(credit);
  }
}

/** The channel as a stream of bytes; cancelling it lets the guest's bytes go unread. */
export function streamOf(inbox: Inbox<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await inbox.next();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel() {
        inbox.discard();
      },
    },
    { highWaterMark: 0 },
  );
}
