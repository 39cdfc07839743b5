import type { GuestEvent } from "@bedplate/environment";
import { exhausted } from "./ending.ts";

/** Adjacent writes to one stream become one event up to this size. */
const eventBytesMax = 8192;

/**
 * What a guest wrote, as events. Where one event ends and the next begins depends on the bytes and
 * on the fuel used alone, never on time.
 */
export class OutputLog {
  readonly #bytesMax: number;
  readonly #onEvent: (event: GuestEvent) => void;
  #topic = "";
  #parts: Uint8Array[] = [];
  #waitingBytes = 0;
  #bytes = 0;

  constructor(bytesMax: number, onEvent: (event: GuestEvent) => void) {
    this.#bytesMax = bytesMax;
    this.#onEvent = onEvent;
  }

  /** Bytes of all events. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The write that would pass the limit ends the run. */
  write(topic: string, data: Uint8Array): void {
    if (data.length === 0) return;
    if (this.#bytes + data.length > this.#bytesMax) throw exhausted("outputBytes");
    this.#bytes += data.length;
    if (topic !== this.#topic) this.flush();
    this.#topic = topic;
    this.#add(data);
  }

  /** Whether the run's output still fits beside the events. */
  demandRoom(outputBytes: number): void {
    if (this.#bytes + outputBytes > this.#bytesMax) throw exhausted("outputBytes");
  }

  /** Makes an event of what waits. */
  flush(): void {
    if (this.#waitingBytes === 0) return;
    const data = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#waitingBytes = 0;
    this.#onEvent({ topic: this.#topic, data: new Uint8Array(data) });
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
