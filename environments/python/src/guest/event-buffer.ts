import type { RunOrder } from "../channel/messages.ts";
import { GuestEnd } from "./guest-end.ts";

/** Most bytes of one event. */
export const eventBytesMax = 8192;

/** What of an order bounds the output. */
export type OutputBounds = Pick<RunOrder, "outputBytes" | "eventsMax" | "earlyEventsMax">;

/** The two streams of a program. */
export type Topic = "stdout" | "stderr";

/**
 * Joins adjacent writes to one stream. When an event is sent depends on bytes and fuel alone, never
 * on time, so that the events of a run are the same each time.
 */
export class EventBuffer {
  readonly #send: (topic: Topic, data: Uint8Array) => void;
  readonly #bounds: OutputBounds;
  readonly #buffer = new Uint8Array(eventBytesMax);
  #topic: Topic = "stdout";
  #length = 0;
  #events = 0;
  /** Bytes taken so far. */
  total = 0;

  constructor(bounds: OutputBounds, send: (topic: Topic, data: Uint8Array) => void) {
    this.#bounds = bounds;
    this.#send = send;
  }

  /** Takes a write; one that passes a bound ends the run. */
  write(topic: Topic, data: Uint8Array): void {
    if (topic !== this.#topic) this.flush();
    this.#topic = topic;
    if (!this.#hasRoom(data.length)) {
      throw new GuestEnd({ kind: "exhausted", meter: "outputBytes" });
    }
    this.total += data.length;
    for (let at = 0; at < data.length; ) {
      const part = data.subarray(at, at + eventBytesMax - this.#length);
      this.#buffer.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      if (this.#length === eventBytesMax) this.flush();
    }
  }

  #hasRoom(bytes: number): boolean {
    const { outputBytes, eventsMax } = this.#bounds;
    const events = this.#events + Math.ceil((this.#length + bytes) / eventBytesMax);
    return this.total + bytes <= outputBytes && events <= eventsMax;
  }

  /** Sends what waits, while the run has made few events; later ones wait until they are full. */
  flushEarly(): void {
    if (this.#events < this.#bounds.earlyEventsMax) this.flush();
  }

  flush(): void {
    if (this.#length === 0) return;
    this.#events += 1;
    this.#send(this.#topic, this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
