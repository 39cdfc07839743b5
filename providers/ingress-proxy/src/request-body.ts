import type { ClientRequest, IncomingMessage } from "node:http";

/** How a body is passed on. */
export interface RequestBodyOptions {
  /** One byte more ends it. */
  readonly bytesMax: number;
  /** A body up to this length is remembered, so that it can be sent again; 0 remembers none. */
  readonly rememberMax: number;
  readonly onTooLong: () => void;
  readonly onProgress: () => void;
}

/** A request's body on its way to a backend: never held as a whole, except to be sent again. */
export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #options: RequestBodyOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #to: ClientRequest | null = null;
  #isReading = false;
  #isWhole = false;

  constructor(request: IncomingMessage, options: RequestBodyOptions) {
    this.#request = request;
    this.#options = options;
  }

  /** True while everything that was read can be sent again. */
  get isRepeatable(): boolean {
    return this.#bytes === 0 || this.#bytes <= this.#options.rememberMax;
  }

  /** What was read, once it was read to its end and was short enough to be remembered. */
  get remembered(): Buffer | null {
    return this.#isWhole && this.isRepeatable ? Buffer.concat(this.#chunks) : null;
  }

  /** Sends what was read before, and then what comes. */
  sendTo(upstream: ClientRequest): void {
    this.#to = upstream;
    for (const chunk of this.#chunks) upstream.write(chunk);
    if (this.#isWhole) upstream.end();
    else if (this.#isReading) this.#request.resume();
    else this.#read();
    upstream.on("drain", () => {
      if (this.#to === upstream) this.#request.resume();
    });
  }

  /** Stops sending; what comes is read when the next one is named. */
  detach(): void {
    this.#to = null;
    if (this.#isReading && !this.#isWhole) this.#request.pause();
  }

  #read(): void {
    this.#isReading = true;
    this.#request.on("data", (chunk: Buffer) => this.#accept(chunk));
    this.#request.once("end", () => {
      this.#isWhole = true;
      this.#options.onProgress();
      this.#to?.end();
    });
  }

  #accept(chunk: Buffer): void {
    const { bytesMax, rememberMax, onTooLong, onProgress } = this.#options;
    this.#bytes += chunk.length;
    if (this.#bytes > bytesMax) {
      onTooLong();
      return;
    }
    if (this.#bytes <= rememberMax) this.#chunks.push(chunk);
    else this.#chunks = [];
    onProgress();
    if (this.#to?.write(chunk) === false) this.#request.pause();
  }
}
