import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import type { ForkName } from "../forks/fork.ts";
import type { CompiledModule } from "./install-code.ts";

export interface CompileRequest {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly fork: ForkName;
}

export interface CompileReply {
  readonly key: string;
  /** Undefined for code that is beyond the limits. */
  readonly compiled: CompiledModule | undefined;
}

/** Requests that wait for the thread at most; more are refused, and come again when the code is hot. */
const pendingMax = 64;
const heapMiBMax = 512;

/** Compiles in a thread of its own, which starts with the first request. */
export class BackgroundCompiler implements Disposable {
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #pending = 0;

  /** False where too many wait already, or the thread was lost. */
  request(request: CompileRequest): boolean {
    if (this.#pending >= pendingMax) return false;
    this.#start().postMessage(request);
    this.#pending++;
    return true;
  }

  get isIdle(): boolean {
    return this.#pending === 0;
  }

  /** What has been compiled since the last time; waits for nothing. */
  *replies(): Generator<CompileReply> {
    while (this.#pending > 0 && this.#port !== undefined) {
      const received = receiveMessageOnPort(this.#port) as
        | { readonly message: CompileReply }
        | undefined;
      if (received === undefined) return;
      this.#pending--;
      yield received.message;
    }
  }

  [Symbol.dispose](): void {
    this.#forget();
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL("./compile-worker.ts", import.meta.url), {
      workerData: { port: port2 },
      transferList: [port2],
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMiBMax },
    });
    // A lost thread costs speed only: what it had is asked for again by the next one.
    worker.on("error", () => this.#forget());
    worker.unref();
    port1.unref();
    this.#worker = worker;
    this.#port = port1;
    return worker;
  }

  #forget(): void {
    void this.#worker?.terminate();
    this.#port?.close();
    this.#worker = undefined;
    this.#port = undefined;
    this.#pending = 0;
  }
}
