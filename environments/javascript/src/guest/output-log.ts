import type { EventBounds, GuestEvent } from "@bedplate/environment";
import { exhausted } from "./ending.ts";

/** Adjacent writes to one stream become one event up to this size. */
const eventBytesMax = 8192;

/** What the log of one run needs. */
export interface OutputLogOptions extends EventBounds {
  readonly bytesMax: number;
  readonly onEvent: (event: GuestEvent) => void;
}

/**
 * What a guest wrote, as events. Where one event ends and the next begins depends on the bytes and
 * on the fuel used alone, never on time.
 */
export class OutputLog {
  readonly #options: OutputLogOptions;
  #topic = "";
  #parts: Uint8Array[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #events = 0;

  constructor(options: OutputLogOptions) {
    this.#options = options;
  }

  /** Bytes of all events. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The write that would pass a limit ends the run. */
  write(topic: string, data: Uint8Array): void {
    if (data.length === 0) return;
    if (topic !== this.#topic) this.flush();
    this.demandRoom(data.length);
    const events = Math.ceil((this.#waitingBytes + data.length) / eventBytesMax);
    if (this.#events + events > this.#options.eventsMax) throw exhausted("outputBytes");
    this.#bytes += data.length;
    this.#topic = topic;
    this.#add(data);
  }

  /** Whether the run's output still fits beside the events. */
  demandRoom(outputBytes: number): void {
    if (this.#bytes + outputBytes > this.#options.bytesMax) throw exhausted("outputBytes");
  }

  /** Makes an event of what waits. */
  flush(): void {
    if (this.#waitingBytes === 0) return;
    const data = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#waitingBytes = 0;
    this.#events += 1;
    this.#options.onEvent({ topic: this.#topic, data: new Uint8Array(data) });
  }

  /** The same while the run has made few events; later ones wait until they are full. */
  flushEarly(): void {
    if (this.#events < this.#options.earlyEventsMax) this.flush();
  }

  #add(data: Uint8Array): void {
    for (let offset = 0; offset < data.length; ) {
      const count = Math.min(data.length - offset, eventBytesMax - this.#waitingBytes);
      this.#parts.push(data.subarray(offset, offset + count));
      this.#waitingBytes += count;
      offset += count;
      if (this.#waitingBytes === eventBytesMax) this.flush();
    }
  }
}
