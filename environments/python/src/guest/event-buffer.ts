import { GuestEnd } from "./guest-end.ts";

/** Most bytes of one event. */
export const eventBytesMax = 8192;

/** The two streams of a program. */
export type Topic = "stdout" | "stderr";

/**
 * Joins adjacent writes to one stream. When an event is sent depends on bytes and fuel alone, never
 * on time, so that the events of a run are the same each time.
 */
export class EventBuffer {
  readonly #send: (topic: Topic, data: Uint8Array) => void;
  readonly #bytesMax: number;
  readonly #buffer = new Uint8Array(eventBytesMax);
  #topic: Topic = "stdout";
  #length = 0;
  /** Bytes taken so far. */
  total = 0;

  constructor(bytesMax: number, send: (topic: Topic, data: Uint8Array) => void) {
    this.#bytesMax = bytesMax;
    this.#send = send;
  }

  /** Takes a write, or as much of it as the budget allows; then the run is over. */
  write(topic: Topic, data: Uint8Array): void {
    if (topic !== this.#topic) this.flush();
    this.#topic = topic;
    if (this.total + data.length > this.#bytesMax) {
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

  flush(): void {
    if (this.#length === 0) return;
    this.#send(this.#topic, this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
