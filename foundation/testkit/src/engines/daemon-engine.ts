import type { Daemon } from "./daemon.ts";
import type { Engine } from "./engine.ts";

/** How an engine is started, and what is left to remove at its end. */
export interface DaemonEngineOptions {
  readonly url: string;
  readonly port: number;
  readonly start: () => Promise<Daemon>;
  /** The signal at which it ends in order; SIGKILL for one that has nothing to put in order. */
  readonly stopSignal: NodeJS.Signals;
  /** Called after it has ended. */
  readonly cleanUp: () => void | Promise<void>;
}

/** Starts an engine that is one program. */
export async function openDaemonEngine(options: DaemonEngineOptions): Promise<Engine> {
  try {
    return new DaemonEngine(await options.start(), options);
  } catch (error) {
    await options.cleanUp();
    throw error;
  }
}

class DaemonEngine implements Engine {
  readonly url: string;
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly #options: DaemonEngineOptions;
  #daemon: Daemon;
  #isDisposed = false;

  constructor(daemon: Daemon, options: DaemonEngineOptions) {
    this.url = options.url;
    this.port = options.port;
    this.#options = options;
    this.#daemon = daemon;
  }

  logs(): string {
    return this.#daemon.logs();
  }

  kill(): Promise<void> {
    return this.#daemon.kill();
  }

  async restart(): Promise<void> {
    await this.#daemon.kill();
    this.#daemon = await this.#options.start();
  }

  async freeze(): Promise<void> {
    this.#daemon.freeze();
  }

  async thaw(): Promise<void> {
    this.#daemon.thaw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await this.#daemon.stop(this.#options.stopSignal);
    await this.#options.cleanUp();
  }
}
