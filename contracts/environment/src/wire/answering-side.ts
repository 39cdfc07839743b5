import { type FaultError, raise, toFault } from "@bedplate/errors";
import type { Call } from "../call.ts";
import { type ChannelServer, openRequestsMax, streamWindowItems } from "./channel.ts";
import type { AnswerFrame, AskFrame } from "./frame.ts";
import { packMessage } from "./pack-message.ts";

type Request = Extract<AskFrame, { readonly is: "request" }>;

interface Work {
  readonly controller: AbortController;
  credit: number;
  onCredit: (() => void) | undefined;
}

/** Works on what the other side asks, and answers. */
export class AnsweringSide {
  readonly #send: (frame: AnswerFrame) => void;
  readonly #onOpenChange: (open: number) => void;
  readonly #work = new Map<number, Work>();
  #server: ChannelServer | undefined;
  #waiting: Request[] = [];

  constructor(send: (frame: AnswerFrame) => void, onOpenChange: (open: number) => void) {
    this.#send = send;
    this.#onOpenChange = onOpenChange;
  }

  serve(server: ChannelServer): void {
    this.#server = server;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) this.accept(request);
  }

  accept(frame: AskFrame): void {
    const work = this.#work.get(frame.id);
    switch (frame.is) {
      case "request":
        this.#begin(frame);
        return;
      case "cancel":
        this.#waiting = this.#waiting.filter((each) => each.id !== frame.id);
        work?.controller.abort();
        work?.onCredit?.();
        return;
      case "credit":
        if (work === undefined) return;
        work.credit = Math.min(work.credit + frame.items, streamWindowItems);
        work.onCredit?.();
    }
  }

  /** Aborts everything that is being worked on. */
  break(reason: FaultError): void {
    this.#waiting = [];
    for (const work of this.#work.values()) {
      work.controller.abort(reason);
      work.onCredit?.();
    }
  }

  #begin(request: Request): void {
    const { id, operation } = request;
    if (this.#work.has(id)) return;
    if (this.#work.size + this.#waiting.length >= openRequestsMax) {
      this.#send({ is: "fault", id, fault: tooBusy(operation).fault });
      return;
    }
    if (this.#server === undefined) {
      this.#waiting.push(request);
      return;
    }
    const work: Work = {
      controller: new AbortController(),
      credit: streamWindowItems,
      onCredit: undefined,
    };
    this.#work.set(id, work);
    this.#onOpenChange(this.#work.size);
    void this.#answer(this.#server, request, work);
  }

  async #answer(server: ChannelServer, request: Request, work: Work): Promise<void> {
    const { id, operation, isStream, body } = request;
    const { signal } = work.controller;
    const call: Call = { ...request.call, signal };
    const notify = (notice: unknown) => {
      if (!signal.aborted) this.#send({ is: "notice", id, body: packMessage(notice) });
    };
    try {
      if (isStream) {
        const items = server.stream(operation, body, { call, notify });
        await this.#sendItems(id, items, work);
      } else {
        const answer = packMessage(await server.request(operation, body, { call, notify }));
        if (!signal.aborted) this.#send({ is: "answer", id, body: answer });
      }
    } catch (error) {
      if (!signal.aborted)
        this.#send({ is: "fault", id, fault: toFault(error, `wire.${operation}`) });
    } finally {
      this.#work.delete(id);
      this.#onOpenChange(this.#work.size);
    }
  }

  async #sendItems(id: number, items: AsyncIterable<unknown>, work: Work): Promise<void> {
    const { signal } = work.controller;
    for await (const item of untilAborted(items, signal)) {
      while (work.credit === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          work.onCredit = resolve;
        });
      }
      if (signal.aborted) return;
      work.credit--;
      this.#send({ is: "item", id, body: packMessage(item) });
    }
    if (!signal.aborted) this.#send({ is: "end", id });
  }
}

/** Ends when the signal aborts, even where the source waits for ever. */
async function* untilAborted(
  items: AsyncIterable<unknown>,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const iterator = items[Symbol.asyncIterator]();
  const aborted = new Promise<IteratorResult<unknown>>((resolve) => {
    const stop = () => resolve({ done: true, value: undefined });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    for (;;) {
      const result = await Promise.race([iterator.next(), aborted]);
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    // Not awaited: a source that waits for ever would never let go.
    iterator.return?.()?.then(undefined, () => {});
  }
}

function tooBusy(operation: string): FaultError {
  return raise("quota.exceeded", {
    op: `wire.${operation}`,
    detail: { meter: "openRequests", limit: openRequestsMax, asked: openRequestsMax + 1 },
    message: `Cannot answer ${operation}: ${openRequestsMax} requests are open already`,
  });
}
