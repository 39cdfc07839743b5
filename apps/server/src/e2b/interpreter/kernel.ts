import type { Process } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { type SandboxUse, stepTimeoutMs, streamTimeoutMs } from "../envd/sandbox-use.ts";

/** Longest line that a kernel may write. */
const lineBytesMax = 32 * 1024 * 1024;

/** How much of a snippet is written to a kernel at once. */
const inputStepBytes = 512 * 1024;

/** A line of a kernel: JSON with a type. */
export interface KernelMessage {
  readonly type: string;
  readonly text: string;
}

/** A process that runs snippets, one after the other. */
export class Kernel {
  readonly process: Process;
  readonly #use: SandboxUse;
  readonly #end = new AbortController();
  #listener: ((message: KernelMessage | undefined) => void) | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(process: Process, use: SandboxUse) {
    this.process = process;
    this.#use = use;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Reads from a byte on, or, where that is left out, from now on. */
  listen(from?: number): void {
    void this.#read(from)
      .catch(() => {})
      .finally(() => {
        this.#isOver = true;
        this.#listener?.(undefined);
      });
  }

  /** The lines of one snippet. When the signal aborts, the snippet is interrupted. */
  async *run(
    snippet: { readonly code: string; readonly env: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const before = this.#turn;
    const over = Promise.withResolvers<void>();
    this.#turn = over.promise;
    try {
      await before;
      yield* this.#snippet(snippet, signal);
    } finally {
      over.resolve();
    }
  }

  /** Stops listening; the process goes on. */
  leave(): void {
    this.#end.abort();
  }

  async *#snippet(
    snippet: { readonly code: string; readonly env: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const lines: string[] = [];
    let wake = () => {};
    let isDone = this.#isOver;
    const ended = Promise.withResolvers<void>();
    this.#listener = (message) => {
      if (message !== undefined) lines.push(message.text);
      isDone = message === undefined || message.type === "end_of_execution";
      if (isDone) ended.resolve();
      wake();
    };
    const interrupt = () => void this.#signal("SIGINT").catch(() => {});
    signal.addEventListener("abort", interrupt, { once: true });
    try {
      await this.#write(`${JSON.stringify(snippet)}\n`);
      while (!signal.aborted) {
        const line = lines.shift();
        if (line !== undefined) yield line;
        else if (isDone) break;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
        }
      }
      if (this.#isOver) throw gone();
    } finally {
      signal.removeEventListener("abort", interrupt);
      // A snippet that nobody waits for any more has to end before the next begins.
      if (!isDone && !this.#isOver) {
        interrupt();
        await ended.promise;
      }
      this.#listener = undefined;
    }
  }

  async #write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += inputStepBytes) {
      const data = bytes.subarray(at, at + inputStepBytes);
      const call = this.#use.call({ timeoutMs: stepTimeoutMs });
      await this.#use.exec.write({ process: this.process.id, data }, call);
    }
  }

  #signal(name: string): Promise<void> {
    const call = this.#use.call({ timeoutMs: stepTimeoutMs });
    return this.#use.exec.signal({ process: this.process.id, name }, call);
  }

  async #read(from: number | undefined): Promise<void> {
    const { signal } = this.#end;
    const call = this.#use.call({ timeoutMs: streamTimeoutMs, signal });
    let kept: Uint8Array[] = [];
    let keptBytes = 0;
    for await (const { stream, data } of this.#use.exec.output(
      { process: this.process.id, from },
      call,
    )) {
      if (stream !== "stdout") continue;
      let at = 0;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, at)) {
        this.#take(Buffer.concat([...kept, data.subarray(at, end)]).toString("utf8"));
        kept = [];
        keptBytes = 0;
        at = end + 1;
      }
      kept.push(data.slice(at));
      keptBytes += data.length - at;
      if (keptBytes > lineBytesMax) throw gone();
    }
  }

  #take(text: string): void {
    try {
      const { type } = JSON.parse(text) as { readonly type?: unknown };
      if (typeof type === "string") this.#listener?.({ type, text });
    } catch {
      // Something else of the process wrote there; it is no message.
    }
  }
}

function gone(): Error {
  return raise("resource.closed", {
    op: "e2b.execute",
    detail: { type: "kernel" },
    message: "Cannot go on with the snippet: its kernel has ended",
  });
}
