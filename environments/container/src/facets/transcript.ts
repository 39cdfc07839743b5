import type { ProcessOutput } from "@bedplate/environment";

type Stream = ProcessOutput["stream"];

/** Largest piece that is told at once. */
const pieceBytesMax = 64 * 1024;

/**
 * What one process wrote, in the order in which it came. Readers are served from here at their own
 * pace: the process waits for the slowest. Before the first came it waits when what is kept is full;
 * while none is there later, only its last bytes are kept.
 */
export class Transcript {
  readonly #keptMax: number;
  readonly #pieces: ProcessOutput[] = [];
  readonly #readers = new Set<Reader>();
  #heldBytes = 0;
  #end = 0;
  #hadReader = false;
  #isOver = false;
  #changed = Promise.withResolvers<void>();

  constructor(options: { readonly keptMax: number; readonly startAt?: number | undefined }) {
    this.#keptMax = options.keptMax;
    this.#end = options.startAt ?? 0;
  }

  /** Takes bytes of the process, once there is room for them. */
  async add(stream: Stream, data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; at += pieceBytesMax) {
      await this.#room();
      const piece = data.subarray(at, at + pieceBytesMax);
      this.#pieces.push({ stream, data: piece, at: this.#end });
      this.#heldBytes += piece.length;
      this.#end += piece.length;
      this.#forget();
      this.#tell();
    }
  }

  /** Nothing more will come. */
  end(): void {
    this.#isOver = true;
    this.#tell();
  }

  /** Whether bytes wait for a first reader. */
  get isFull(): boolean {
    return this.#heldBytes >= this.#keptMax;
  }

  /** Everything from that position on, until the process has ended; from now on where there is none. */
  async *read(from: number | undefined, signal: AbortSignal): AsyncGenerator<ProcessOutput> {
    const reader: Reader = { at: from === undefined ? this.#end : Math.max(from, this.#first()) };
    this.#readers.add(reader);
    this.#hadReader = true;
    this.#tell();
    const { promise: aborted, resolve: onAbort } = Promise.withResolvers<unknown>();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const piece = this.#after(reader.at);
        if (piece !== undefined) {
          yield piece;
          reader.at = piece.at + piece.data.length;
          this.#forget();
          this.#tell();
          continue;
        }
        if (this.#isOver) return;
        await Promise.race([this.#changed.promise, aborted]);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#readers.delete(reader);
      this.#forget();
      this.#tell();
    }
  }

  // The slowest reader may be as far behind as what is kept.
  async #room(): Promise<void> {
    while (this.#mustWait()) await this.#changed.promise;
  }

  #mustWait(): boolean {
    if (this.#isOver) return false;
    if (this.#readers.size === 0) return !this.#hadReader && this.isFull;
    const slowest = Math.min(...[...this.#readers].map(({ at }) => at));
    return this.#end - slowest >= this.#keptMax;
  }

  #after(at: number): ProcessOutput | undefined {
    const piece = this.#pieces.find((each) => each.at + each.data.length > at);
    if (piece === undefined || piece.at >= at) return piece;
    return { ...piece, data: piece.data.subarray(at - piece.at), at };
  }

  #first(): number {
    return this.#pieces[0]?.at ?? this.#end;
  }

  // What every reader has is kept as well, as far as it fits: a reader may come back for it.
  #forget(): void {
    const needed = Math.min(this.#end, ...[...this.#readers].map(({ at }) => at));
    for (;;) {
      const first = this.#pieces[0];
      if (first === undefined || this.#heldBytes - first.data.length < this.#keptMax) return;
      if (this.#readers.size > 0 && first.at + first.data.length > needed) return;
      this.#pieces.shift();
      this.#heldBytes -= first.data.length;
    }
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

interface Reader {
  at: number;
}
