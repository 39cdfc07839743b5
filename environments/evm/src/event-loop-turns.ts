import { setImmediate } from "node:timers/promises";

/** Longest time between two turns that others get. */
const msMax = 50;

/**
 * Gives the rest of the process its turn in loops of many short executions: signals and timers, and what
 * V8 puts off, like giving back the memory of Wasm modules that nobody needs. Promises alone never do.
 */
export class EventLoopTurns {
  readonly #signal: AbortSignal | undefined;
  #lastMs = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Waits where it is time to; rejects once the signal has been given. */
  async give(): Promise<void> {
    if (performance.now() - this.#lastMs >= msMax) {
      await setImmediate();
      this.#lastMs = performance.now();
    }
    this.#signal?.throwIfAborted();
  }
}
