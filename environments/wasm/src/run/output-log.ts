import { eventBounds, type GuestEvent } from "@bedplate/environment";

/** Adjacent writes of a program to one topic become one event up to this size. */
export const eventBytesMax: number = 8 * 1024;

/** What the log of one run needs. */
export interface OutputLogOptions {
  /** Result bytes plus event bytes that may be written. */
  readonly bytesMax: number;
  readonly onEvent?: ((event: GuestEvent) => void) | undefined;
  /** Events that an abandoned attempt of the same run has already told; they are not told again. */
  readonly toldBefore?: number | undefined;
}

/** Collects the events of one run within its output budget. Never looks at time. */
export class OutputLog {
  readonly #options: OutputLogOptions;
  readonly #events: GuestEvent[] = [];
  #open: { readonly topic: string; readonly parts: Uint8Array[]; bytes: number } | undefined;
  #eventBytes = 0;
  #resultBytes = 0;
  #told = 0;

  constructor(options: OutputLogOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#eventBytes + this.#resultBytes;
  }

  get events(): readonly GuestEvent[] {
    return this.#events;
  }

  /** One event as it is. False when it would exceed the budget; it is then left out. */
  event(topic: string, data: Uint8Array): boolean {
    if (!this.#hasRoomFor(1 + this.#openEvents) || !this.#take(data.length)) return false;
    this.flush();
    this.#push({ topic, data });
    return true;
  }

  /** Part of a stream. False when it would exceed the budget; it is then left out. */
  write(topic: string, data: Uint8Array): boolean {
    // A write of nothing is none: it must not cut the other topic's event.
    const isNew = data.length > 0 && this.#open?.topic !== topic;
    const joined = data.length + (isNew ? 0 : (this.#open?.bytes ?? 0));
    const closed = isNew ? this.#openEvents : 0;
    if (!this.#hasRoomFor(closed + Math.ceil(joined / eventBytesMax))) return false;
    if (!this.#take(data.length)) return false;
    if (isNew) this.flush();
    for (let from = 0; from < data.length; ) {
      this.#open ??= { topic, parts: [], bytes: 0 };
      const part = data.slice(from, from + eventBytesMax - this.#open.bytes);
      this.#open.parts.push(part);
      this.#open.bytes += part.length;
      from += part.length;
      if (this.#open.bytes === eventBytesMax) this.flush();
    }
    return true;
  }

  /** Says how long the result is. False when it would exceed the budget. */
  setResultBytes(count: number): boolean {
    if (this.#eventBytes + count > this.#options.bytesMax) return false;
    this.#resultBytes = count;
    return true;
  }

  /** Ends the open event. */
  flush(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const data = open.parts.length === 1 ? open.parts[0] : Buffer.concat(open.parts);
    this.#push({ topic: open.topic, data: new Uint8Array(data ?? []) });
  }

  /** Forgets the result, as where the run has none. */
  dropResult(): void {
    this.#resultBytes = 0;
  }

  get #openEvents(): number {
    return this.#open === undefined ? 0 : 1;
  }

  #hasRoomFor(events: number): boolean {
    return this.#events.length + events <= eventBounds.eventsMax;
  }

  #take(count: number): boolean {
    if (this.bytes + count > this.#options.bytesMax) return false;
    this.#eventBytes += count;
    return true;
  }

  #push(event: GuestEvent): void {
    this.#events.push(event);
    this.#told += 1;
    if (this.#told > (this.#options.toldBefore ?? 0)) this.#tell(event);
  }

  /** A listener that throws is none: a run does not depend on who listens. */
  #tell(event: GuestEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // The listener's own affair.
    }
  }
}
