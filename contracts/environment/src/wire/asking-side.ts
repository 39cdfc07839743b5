import { FaultError, raise } from "@bedplate/errors";
import { openRequestsMax, type RequestOptions } from "./channel.ts";
import { type AnswerFrame, type AskFrame, toWireCall } from "./frame.ts";
import { packMessage } from "./pack-message.ts";
import { StreamReader } from "./stream-reader.ts";

interface Pending {
  answer(body: unknown): void;
  fail(error: unknown): void;
  readonly onNotice?: ((notice: unknown) => void) | undefined;
  readonly reader?: StreamReader | undefined;
}

/** Keeps what this side has asked and not yet been answered. */
export class AskingSide {
  readonly #send: (frame: AskFrame) => void;
  readonly #onOpenChange: (open: number) => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #broken: FaultError | undefined;

  constructor(send: (frame: AskFrame) => void, onOpenChange: (open: number) => void) {
    this.#send = send;
    this.#onOpenChange = onOpenChange;
  }

  request(operation: string, message: unknown, options: RequestOptions): Promise<unknown> {
    const { call, onNotice } = options;
    const { signal } = call;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const id = this.#ask(operation, { message, options, isStream: false });
      const onAbort = () => {
        this.#drop(id);
        this.#send({ is: "cancel", id });
        reject(signal.reason);
      };
      const settle = () => {
        this.#drop(id);
        signal.removeEventListener("abort", onAbort);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#keep(id, {
        onNotice,
        answer: (body) => {
          settle();
          resolve(body);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      });
    });
  }

  async *stream(
    operation: string,
    message: unknown,
    options: RequestOptions,
  ): AsyncGenerator<unknown> {
    const { signal } = options.call;
    signal.throwIfAborted();
    const id = this.#ask(operation, { message, options, isStream: true });
    const cancel = () => {
      if (this.#drop(id)) this.#send({ is: "cancel", id });
    };
    const reader = new StreamReader({
      cancel,
      credit: (items) => {
        if (this.#pending.has(id)) this.#send({ is: "credit", id, items });
      },
    });
    const fail = (error: unknown) => {
      this.#drop(id);
      reader.finish({ error });
    };
    const onAbort = () => {
      cancel();
      reader.finish({ error: signal.reason });
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#keep(id, { reader, fail, answer: () => fail(unexpected("an answer to a stream")) });
    try {
      yield* reader;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** False when the frame breaks the rules of the wire; a late one, for what was dropped, does not. */
  accept(frame: AnswerFrame): boolean {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return frame.id <= this.#lastId;
    switch (frame.is) {
      case "notice":
        pending.onNotice?.(frame.body);
        return true;
      case "answer":
        pending.answer(frame.body);
        return true;
      case "fault":
        pending.fail(new FaultError(frame.fault));
        return true;
      case "item":
        return pending.reader?.push(frame.body) ?? false;
      case "end":
        this.#drop(frame.id);
        pending.reader?.finish();
        return pending.reader !== undefined;
    }
  }

  /** Fails everything that is open, and every later request. */
  break(reason: FaultError): void {
    this.#broken = reason;
    for (const pending of [...this.#pending.values()]) pending.fail(reason);
  }

  #ask(
    operation: string,
    asked: {
      readonly message: unknown;
      readonly options: RequestOptions;
      readonly isStream: boolean;
    },
  ): number {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#pending.size >= openRequestsMax) throw tooMany(operation);
    const { message, options, isStream } = asked;
    const body = packMessage(message);
    const id = ++this.#lastId;
    this.#send({ is: "request", id, operation, isStream, call: toWireCall(options.call), body });
    return id;
  }

  #keep(id: number, pending: Pending): void {
    this.#pending.set(id, pending);
    this.#onOpenChange(this.#pending.size);
  }

  #drop(id: number): boolean {
    const wasOpen = this.#pending.delete(id);
    if (wasOpen) this.#onOpenChange(this.#pending.size);
    return wasOpen;
  }
}

function tooMany(operation: string): FaultError {
  return raise("quota.exceeded", {
    op: `wire.${operation}`,
    detail: { meter: "openRequests", limit: openRequestsMax, asked: openRequestsMax + 1 },
    message: `Cannot send ${operation}: ${openRequestsMax} requests are open already`,
  });
}

function unexpected(what: string): FaultError {
  return raise("internal.bug", {
    op: "wire.receive",
    blame: "plugin",
    detail: { where: "wire" },
    message: `Cannot read the stream: the other side sent ${what}`,
  });
}
