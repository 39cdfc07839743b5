import { type FaultError, raise } from "@bedplate/errors";
import { AnsweringSide } from "./answering-side.ts";
import { AskingSide } from "./asking-side.ts";
import type { Channel, ChannelServer, RequestOptions } from "./channel.ts";
import { type Frame, readFrame } from "./frame.ts";
import { framesOf, Outbox } from "./outbox.ts";

/** One end of a pair of message ports, a worker, or a worker's parent port. */
export interface PortLike {
  postMessage(value: unknown): void;
  on(event: "message" | "messageerror" | "close", listener: (value: unknown) => void): unknown;
  close?(): void;
  ref?(): void;
  unref?(): void;
}

export interface PortChannelOptions {
  /** Keeps the process alive while nothing is open. Default: false. */
  readonly keepsAlive?: boolean | undefined;
  /** The opener closes the channel when the other side ends: it alone knows why. Default: false. */
  readonly isWatched?: boolean | undefined;
}

/**
 * Opens a channel over a port. Messages cross as structured clones: a round trip costs a third of
 * what canonical CBOR costs (`bench/wire.bench.ts`), and both ends are JavaScript anyway.
 */
export function openPortChannel(port: PortLike, options: PortChannelOptions = {}): Channel {
  return new PortChannel(port, options);
}

class PortChannel implements Channel {
  readonly closed: Promise<void>;
  readonly #port: PortLike;
  readonly #keepsAlive: boolean;
  readonly #asking: AskingSide;
  readonly #answering: AnsweringSide;
  readonly #onClosed: () => void;
  #asked = 0;
  #worked = 0;
  #isRef = true;
  #isClosed = false;

  constructor(port: PortLike, options: PortChannelOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#onClosed = resolve;
    this.#port = port;
    this.#keepsAlive = options.keepsAlive ?? false;
    const outbox = new Outbox((value) => {
      if (!this.#isClosed) port.postMessage(value);
    });
    const send = (frame: Frame) => outbox.put(frame);
    this.#asking = new AskingSide(send, (open) => {
      this.#asked = open;
      this.#hold();
    });
    this.#answering = new AnsweringSide(send, (open) => {
      this.#worked = open;
      this.#hold();
    });
    port.on("message", (value) => this.#acceptAll(value));
    port.on("messageerror", () => this.close(broken("a message that cannot be read")));
    if (options.isWatched !== true) port.on("close", () => this.close());
    this.#hold();
  }

  request(operation: string, message: unknown, options: RequestOptions): Promise<unknown> {
    return this.#asking.request(operation, message, options);
  }

  stream(operation: string, message: unknown, options: RequestOptions): AsyncIterable<unknown> {
    return this.#asking.stream(operation, message, options);
  }

  serve(server: ChannelServer): void {
    this.#answering.serve(server);
  }

  close(reason: FaultError = gone("the channel was closed")): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#asking.break(reason);
    this.#answering.break(reason);
    this.#port.close?.();
    this.#onClosed();
  }

  #acceptAll(value: unknown): void {
    const frames = framesOf(value);
    if (frames === undefined) this.close(broken("a list of no frames, or of too many"));
    else for (const frame of frames) this.#accept(frame);
  }

  #accept(value: unknown): void {
    if (this.#isClosed) return;
    const frame = readFrame(value);
    if (frame === undefined) {
      this.close(broken("something that is no frame"));
      return;
    }
    switch (frame.is) {
      case "request":
      case "cancel":
      case "credit":
        this.#answering.accept(frame);
        return;
      default:
        if (!this.#asking.accept(frame)) this.close(broken(`a ${frame.is} that nobody asked for`));
    }
  }

  /** A process ends by itself when nothing is open; it must not end while something is. */
  #hold(): void {
    const isNeeded = this.#keepsAlive || this.#asked + this.#worked > 0;
    if (isNeeded === this.#isRef) return;
    this.#isRef = isNeeded;
    if (isNeeded) this.#port.ref?.();
    else this.#port.unref?.();
  }
}

function gone(reason: string): FaultError {
  return raise("plugin.crashed", {
    op: "wire.request",
    detail: { reason },
    message: `Cannot reach the other side: ${reason}`,
  });
}

function broken(what: string): FaultError {
  const reason = `it sent ${what}`;
  return raise("plugin.crashed", {
    op: "wire.receive",
    detail: { reason },
    message: `Cannot go on with the other side: ${reason}`,
  });
}
