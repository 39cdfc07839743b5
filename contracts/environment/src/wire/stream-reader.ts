import { streamWindowItems } from "./channel.ts";

/** What a reader tells the side that feeds it. */
export interface StreamFeeder {
  /** The consumer has room for so many more. */
  credit(items: number): void;
  /** The consumer left. */
  cancel(): void;
}

interface Waiter {
  resolve(result: IteratorResult<unknown>): void;
  reject(error: unknown): void;
}

/** The consuming end of a stream: holds at most a window of items, and asks for more as they go. */
export class StreamReader implements AsyncIterableIterator<unknown> {
  readonly #feeder: StreamFeeder;
  readonly #items: unknown[] = [];
  #waiter: Waiter | undefined;
  #consumed = 0;
  #end: { readonly error?: unknown } | undefined;

  constructor(feeder: StreamFeeder) {
    this.#feeder = feeder;
  }

  /** False when the other side sent more than it may. */
  push(item: unknown): boolean {
    if (this.#end !== undefined) return true;
    if (this.#waiter !== undefined) {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      this.#countConsumed();
      waiter.resolve({ done: false, value: item });
      return true;
    }
    if (this.#items.length >= streamWindowItems) return false;
    this.#items.push(item);
    return true;
  }

  /** No more items come; with `error`, the stream failed after those that came. */
  finish(end: { readonly error?: unknown } = {}): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter === undefined) return;
    if ("error" in end) waiter.reject(end.error);
    else waiter.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      this.#countConsumed();
      return Promise.resolve({ done: false, value });
    }
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
    }
    if (!("error" in this.#end)) return Promise.resolve({ done: true, value: undefined });
    const { error } = this.#end;
    this.#end = {};
    return Promise.reject(error);
  }

  return(): Promise<IteratorResult<unknown>> {
    const isLive = this.#end === undefined;
    this.finish();
    this.#items.length = 0;
    if (isLive) this.#feeder.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Credit goes back in halves of the window, so that it costs little and never stalls a stream. */
  #countConsumed(): void {
    this.#consumed++;
    if (this.#consumed < streamWindowItems / 2) return;
    const items = this.#consumed;
    this.#consumed = 0;
    this.#feeder.credit(items);
  }
}
