import { connect, type Socket } from "node:net";

/** An answer as far as a load generator looks at it. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * One kept-alive HTTP/1.1 connection that asks one thing after the other. It understands answers
 * with a `content-length` only, and so costs a tenth of `node:http`: a load generator shares its
 * processors with what it measures.
 */
export class Connection implements Disposable {
  readonly #socket: Socket;
  readonly #head: string;
  #received: Buffer = Buffer.alloc(0);
  #waiting: PromiseWithResolvers<Answer> | undefined;

  constructor(url: URL, key: string) {
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.on("data", (chunk) => this.#accept(chunk));
    this.#socket.on("error", (error) => this.#waiting?.reject(error));
    this.#socket.on("close", () => this.#waiting?.reject(new Error("the server hung up")));
    this.#head = `host: ${url.host}\r\nauthorization: Bearer ${key}\r\n`;
  }

  /** Sends bytes as they are, and anything else as JSON. */
  post(path: string, value: unknown): Promise<Answer> {
    const isBytes = value instanceof Uint8Array;
    const body = isBytes ? value : Buffer.from(JSON.stringify(value));
    const type = isBytes ? "application/octet-stream" : "application/json";
    const about = `content-type: ${type}\r\ncontent-length: ${body.length}\r\n`;
    return this.#ask(`POST ${path} HTTP/1.1\r\n${this.#head}${about}\r\n`, body);
  }

  get(path: string): Promise<Answer> {
    return this.#ask(`GET ${path} HTTP/1.1\r\n${this.#head}\r\n`);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #ask(head: string, body?: Uint8Array): Promise<Answer> {
    this.#waiting = Promise.withResolvers<Answer>();
    const { promise } = this.#waiting;
    // One packet for both: a head that goes first waits for its acknowledgement.
    this.#socket.write(body === undefined ? head : Buffer.concat([Buffer.from(head), body]));
    return promise;
  }

  #accept(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    if (length === undefined) throw new Error(`An answer without content-length:\n${head}`);
    const total = end + 4 + Number(length);
    if (this.#received.length < total) return;
    const body = this.#received.toString("utf8", end + 4, total);
    this.#received = this.#received.subarray(total);
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
