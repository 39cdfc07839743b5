import { untilAborted } from "@bedplate/clock";
import { raise } from "@bedplate/errors";

/** Bytes that may wait for a process that does not read. */
const waitingMax: number = 64 * 1024;

/** The input of a process: who writes waits until there is room. */
export class InputPipe {
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0;
  #isClosed: boolean;
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(options: { readonly isOpen: boolean }) {
    this.#isClosed = !options.isOpen;
  }

  async write(data: Uint8Array, signal: AbortSignal): Promise<void> {
    if (this.#isClosed) throw closed();
    this.#chunks.push(data.slice());
    this.#waiting += data.length;
    this.#wake();
    while (this.#waiting > waitingMax && !this.#isClosed) {
      await untilAborted(this.#changed.promise, signal);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** The next bytes; undefined at the end. */
  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#waiting -= chunk.length;
        this.#wake();
        return chunk;
      }
      if (this.#isClosed) return undefined;
      await untilAborted(this.#changed.promise, signal);
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function closed(): Error {
  return raise("resource.closed", {
    op: "instance.exec.write",
    blame: "caller",
    detail: { type: "input" },
    message: "Cannot write to the process: its input is closed",
  });
}
