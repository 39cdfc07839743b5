import type { Socket } from "node:net";

interface Piece {
  /** Undefined: the source has ended. */
  readonly bytes: Uint8Array | undefined;
  readonly dueAt: number;
}

/** How a flow behaves from now on. */
export interface FlowWeather {
  readonly delayMs: number;
  readonly isStalled: boolean;
  /** How much may still pass before the connection is cut. */
  readonly bytesLeft: number;
}

/** Bytes that wait on a stalled or delayed wire; beyond that the source is not read. */
const waitingBytesMax = 1_048_576;

/** Carries bytes from one socket to another: in order, later, or not at all. */
export class WireFlow {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #cut: () => void;
  #weather: FlowWeather = { delayMs: 0, isStalled: false, bytesLeft: Number.POSITIVE_INFINITY };
  #pieces: Piece[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Socket, options: { readonly sink: Socket; readonly cut: () => void }) {
    this.#source = source;
    this.#sink = options.sink;
    this.#cut = options.cut;
    source.on("data", (bytes: Uint8Array) => this.#hold(bytes));
    source.on("end", () => this.#hold(undefined));
    this.#sink.on("drain", () => this.#pump());
  }

  setWeather(weather: FlowWeather): void {
    const now = performance.now();
    // Less delay also brings on what waits already.
    this.#pieces = this.#pieces.map(({ bytes, dueAt }) => ({
      bytes,
      dueAt: Math.min(dueAt, now + weather.delayMs),
    }));
    this.#weather = weather;
    this.#pump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#pieces = [];
  }

  #hold(bytes: Uint8Array | undefined): void {
    this.#pieces.push({ bytes, dueAt: performance.now() + this.#weather.delayMs });
    this.#waitingBytes += bytes?.length ?? 0;
    if (this.#waitingBytes >= waitingBytesMax) this.#source.pause();
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#weather.isStalled) return;
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const waitMs = piece.dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), waitMs);
        return;
      }
      if (this.#sink.writableNeedDrain) return;
      this.#pieces.shift();
      this.#pass(piece.bytes);
    }
  }

  #pass(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      this.#sink.end();
      return;
    }
    const bytesLeft = this.#weather.bytesLeft - bytes.length;
    if (bytesLeft < 0) {
      this.#cut();
      return;
    }
    this.#weather = { ...this.#weather, bytesLeft };
    this.#sink.write(bytes);
    this.#waitingBytes -= bytes.length;
    if (this.#waitingBytes < waitingBytesMax) this.#source.resume();
  }
}
