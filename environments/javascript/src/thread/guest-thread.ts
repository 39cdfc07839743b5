import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { GuestEvent } from "@bedplate/environment";
import { FaultError, raise } from "@bedplate/errors";
import type { RewrittenModule } from "@bedplate/wasm-module";
import type { GuestImage } from "../guest/guest-image.ts";
import { cancelCell } from "../guest/wall-watch.ts";
import type { ThreadMessage, ThreadRequest, ThreadStart } from "./thread-messages.ts";

/**
 * Native stack of a thread. The engine's own limit is reached first, so that a guest sees a
 * RangeError: frames of unoptimised code take up to 30 times what they take of the engine's stack.
 */
const guestStackMiB = 32;

/** What every thread needs to know, and the first one finds out. */
export interface ThreadBase {
  readonly rewritten: RewrittenModule;
  readonly image: GuestImage;
}

type Answer = Exclude<ThreadMessage, { kind: "ready" | "event" | "failed" }>;

interface Waiting {
  readonly onEvent: (event: GuestEvent) => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** One thread of guests, as its owner sees it. */
export class GuestThread {
  readonly ready: Promise<ThreadBase>;
  readonly #worker: Worker;
  readonly #cells = new Int32Array(new SharedArrayBuffer(4));
  #waiting: Waiting | undefined;
  #onReady: (base: ThreadBase) => void = () => {};
  #onDead: (error: Error) => void = () => {};
  #isDead = false;

  constructor(rewritten: RewrittenModule | undefined) {
    const start: ThreadStart = { cells: this.#cells, rewritten };
    const file = `./thread-main${extname(import.meta.url)}`;
    this.#worker = new Worker(new URL(file, import.meta.url), {
      workerData: start,
      env: {},
      execArgv: [],
      resourceLimits: { stackSizeMb: guestStackMiB },
    });
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onDead = reject;
    });
    this.ready.catch(() => {});
    this.#worker.on("message", (message: ThreadMessage) => this.#receive(message));
    this.#worker.on("error", (error) => this.#die(error));
    this.#worker.on("exit", () => this.#die());
  }

  /** A dead thread answers nothing any more; its owner makes another one. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Asks one thing; the owner waits for the answer before it asks the next. */
  ask(request: ThreadRequest, onEvent: (event: GuestEvent) => void = () => {}): Promise<Answer> {
    if (this.#isDead) return Promise.reject(crashed("the thread is gone"));
    Atomics.store(this.#cells, cancelCell, 0);
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting = { onEvent, resolve, reject };
      this.#worker.postMessage(request);
    });
  }

  /** Asks the present run to end at its next slice. */
  cancel(): void {
    Atomics.store(this.#cells, cancelCell, 1);
    Atomics.notify(this.#cells, cancelCell);
  }

  /** Ends the thread by force, whatever it does. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
    this.#die();
  }

  #receive(message: ThreadMessage): void {
    if (message.kind === "event") {
      this.#waiting?.onEvent(message.event);
      return;
    }
    this.#worker.unref();
    if (message.kind === "ready") {
      this.#onReady({ rewritten: message.rewritten, image: message.base });
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (message.kind === "failed") waiting?.reject(new FaultError(message.fault));
    else waiting?.resolve(message);
  }

  #die(error?: unknown): void {
    this.#isDead = true;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : "it ended";
    const fault = crashed(reason);
    this.#onDead(fault);
    this.#waiting?.reject(fault);
    this.#waiting = undefined;
  }
}

function crashed(reason: string): Error {
  return raise("plugin.crashed", {
    op: "javascript.thread",
    detail: { reason },
    message: `Cannot go on: the thread that guests run in broke: ${reason}`,
  });
}
