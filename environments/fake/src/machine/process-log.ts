import { untilAborted } from "@bedplate/clock";
import type { ProcessOutput } from "@bedplate/environment";

interface Reader {
  at: number;
}

/**
 * What a process wrote: its last bytes, and who reads them. The writer waits for the slowest reader,
 * and for the first one; while nobody reads, the oldest bytes go.
 */
export class ProcessLog {
  readonly #bytesKept: number;
  readonly #readers = new Set<Reader>();
  #items: ProcessOutput[] = [];
  #start: number;
  #end: number;
  #wasRead = false;
  #isEnded = false;
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(options: { readonly bytesKept: number; readonly at?: number | undefined }) {
    const { bytesKept, at = 0 } = options;
    this.#bytesKept = bytesKept;
    this.#start = at;
    this.#end = at;
  }

  /** How many bytes were written. */
  get bytes(): number {
    return this.#end;
  }

  async write(
    stream: ProcessOutput["stream"],
    data: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    while (this.#isFull()) await untilAborted(this.#changed.promise, signal);
    signal.throwIfAborted();
    if (data.length === 0) return;
    this.#items.push({ stream, data, at: this.#end });
    this.#end += data.length;
    this.#trim();
    this.#wake();
  }

  /** The process has ended: nothing more comes. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *read(from: number | undefined, signal: AbortSignal): AsyncGenerator<ProcessOutput> {
    const reader: Reader = { at: from ?? this.#end };
    this.#readers.add(reader);
    this.#wasRead = true;
    try {
      for (;;) {
        const item = this.#next(reader);
        if (item !== undefined) {
          reader.at = item.at + item.data.length;
          this.#wake();
          yield item;
        } else if (this.#isEnded) return;
        else await untilAborted(this.#changed.promise, signal);
      }
    } finally {
      this.#readers.delete(reader);
      this.#wake();
    }
  }

  #next(reader: Reader): ProcessOutput | undefined {
    const item = this.#items.find(({ at, data }) => at + data.length > reader.at);
    if (item === undefined || reader.at <= item.at) return item;
    return { ...item, at: reader.at, data: item.data.subarray(reader.at - item.at) };
  }

  #isFull(): boolean {
    const slowest = this.#slowest();
    if (slowest !== undefined) return this.#end - slowest >= this.#bytesKept;
    return !this.#wasRead && this.#end - this.#start >= this.#bytesKept;
  }

  #slowest(): number | undefined {
    const positions = [...this.#readers].map(({ at }) => at);
    return positions.length === 0 ? undefined : Math.min(...positions);
  }

  /** Forgets the oldest bytes that are more than is kept and that no reader needs. */
  #trim(): void {
    const needed = Math.min(this.#slowest() ?? this.#end, this.#end - this.#bytesKept);
    if (!this.#wasRead) return;
    for (;;) {
      const [oldest] = this.#items;
      if (oldest === undefined || oldest.at + oldest.data.length > needed) return;
      this.#items.shift();
      this.#start = oldest.at + oldest.data.length;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
