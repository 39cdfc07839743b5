import {
  closeInput,
  type ExecBody,
  execInMachine,
  followOutput,
  getProcess,
  listProcesses,
  type ProcessEventView,
  type ProcessView,
  resizeTerminal,
  signalProcess,
  startProcess,
  type TerminalView,
  writeInput,
} from "@bedplate/routes";
import { type BytesLike, fromBytesView, toBytesView } from "./bytes.ts";
import type { Waiting } from "./runs.ts";
import type { Transport } from "./transport.ts";

/** What to start; input as it is. */
export interface ExecOptions extends Omit<ExecBody, "argv" | "stdin">, Waiting {
  readonly stdin?: BytesLike | undefined;
}

/** What a process left that was waited for. */
export interface Executed {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How often a stream that broke is taken up again before anything comes of it: for about a minute. */
const reattachMax = 64;
const reattachMsMin = 50;
const reattachMsMax = 1_000;

/** The processes inside one machine. */
export class MachineProcesses {
  readonly #transport: Transport;
  readonly #id: string;

  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.#id = id;
  }

  /** Starts a process and waits for its end. */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<Executed> {
    const said = { stdout: "", stderr: "" };
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    for await (const event of this.run(argv, options)) {
      if (event.data !== undefined) {
        const to = event.stream === "stderr" ? "stderr" : "stdout";
        said[to] += decoders[to].decode(fromBytesView(event.data), { stream: true });
      }
      const { exit } = event;
      if (exit !== undefined) return { exitCode: exit.code, signal: exit.signal, ...said };
    }
    throw new Error("Cannot tell how the process ended: the stream ended before it");
  }

  /** Starts a process; tells it, its output and its exit, also over connections that break. */
  async *run(
    argv: readonly string[],
    options: ExecOptions = {},
  ): AsyncGenerator<ProcessEventView, void, void> {
    const { signal, stdin, ...rest } = options;
    const body = { argv, ...rest, ...(stdin !== undefined && { stdin: toBytesView(stdin) }) };
    const params = { id: this.#id };
    // With a key, a start whose answer was lost is not a second start.
    const idempotencyKey = crypto.randomUUID();
    const first = this.#transport.events(execInMachine, { params, body, idempotencyKey, signal });
    yield* this.#reattaching(first, { from: 0, signal });
  }

  start(argv: readonly string[], options: ExecOptions = {}): Promise<ProcessView> {
    const { signal, stdin, ...rest } = options;
    const body = { argv, ...rest, ...(stdin !== undefined && { stdin: toBytesView(stdin) }) };
    const idempotencyKey = crypto.randomUUID();
    const params = { id: this.#id };
    return this.#transport.call(startProcess, { params, body, idempotencyKey, signal });
  }

  async list(options: Waiting = {}): Promise<readonly ProcessView[]> {
    const params = { id: this.#id };
    return (await this.#transport.call(listProcesses, { params, ...options })).processes;
  }

  /** A process; with `waitMs`, when it has ended or that much later. */
  get(
    process: string,
    options: Waiting & { readonly waitMs?: number | undefined } = {},
  ): Promise<ProcessView> {
    const { waitMs, signal } = options;
    const params = { id: this.#id, process };
    return this.#transport.call(getProcess, { params, query: { waitMs }, signal });
  }

  /** What a process writes, from a byte on, until its exit, also over connections that break. */
  output(
    process: string,
    options: Waiting & { readonly from?: number | undefined } = {},
  ): AsyncGenerator<ProcessEventView, void, void> {
    const { from, signal } = options;
    return this.#reattaching(this.#output(process, { from, signal }), { process, from, signal });
  }

  async write(process: string, data: BytesLike, options: Waiting = {}): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    await this.#transport.call(writeInput, { ...this.#of(process), body: bytes, ...options });
  }

  async closeInput(process: string, options: Waiting = {}): Promise<void> {
    await this.#transport.call(closeInput, { ...this.#of(process), ...options });
  }

  async signal(process: string, name: string, options: Waiting = {}): Promise<void> {
    await this.#transport.call(signalProcess, { ...this.#of(process), body: { name }, ...options });
  }

  async resize(process: string, size: TerminalView, options: Waiting = {}): Promise<void> {
    await this.#transport.call(resizeTerminal, { ...this.#of(process), body: size, ...options });
  }

  #of(process: string): { readonly params: { readonly id: string; readonly process: string } } {
    return { params: { id: this.#id, process } };
  }

  #output(
    process: string,
    options: Waiting & { readonly from?: number | undefined },
  ): AsyncGenerator<ProcessEventView, void, void> {
    const { from, signal } = options;
    return this.#transport.events(followOutput, { ...this.#of(process), query: { from }, signal });
  }

  /**
   * Goes on at the byte where a stream broke: the process never noticed. One that broke before it said
   * anything is taken up as well, where the process is known.
   */
  async *#reattaching(
    first: AsyncGenerator<ProcessEventView, void, void>,
    options: Waiting & {
      readonly process?: string | undefined;
      readonly from: number | undefined;
    },
  ): AsyncGenerator<ProcessEventView, void, void> {
    const { signal } = options;
    let stream = first;
    let { process, from } = options;
    let isTold = false;
    for (let tries = 0; ; ) {
      try {
        for await (const event of stream) {
          const isKnown = event.process !== undefined && isTold;
          isTold ||= event.process !== undefined;
          process = event.process?.id ?? process;
          if (event.data !== undefined && event.at !== undefined) {
            from = event.at + fromBytesView(event.data).length;
          }
          tries = 0;
          if (!isKnown) yield event;
          if (event.exit !== undefined) return;
        }
      } catch (error) {
        if (signal?.aborted === true || !isBroken(error) || tries >= reattachMax) throw error;
      }
      if (process === undefined || ++tries > reattachMax) throw brokeOff();
      const restMs = Math.min(reattachMsMin * 2 ** tries, reattachMsMax);
      await new Promise((resolve) => setTimeout(resolve, restMs));
      signal?.throwIfAborted();
      stream = this.#output(process, { from, signal });
    }
  }
}

/** A connection that broke, or a server that is on its way: not an answer. */
function isBroken(error: unknown): boolean {
  if (error instanceof TypeError) return true;
  const { fault } = error as { readonly fault?: { readonly kind: string } };
  return fault?.kind === "unavailable" || fault?.kind === "timeout";
}

function brokeOff(): Error {
  return new Error("Cannot follow the process: the stream broke off, and could not be taken up");
}
