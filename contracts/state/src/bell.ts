import { type Clock, untilAborted } from "@bedplate/clock";

/** Wakes a waiter early; rings that come while nobody waits count for the next wait. */
export class Bell {
  #ringing = Promise.withResolvers<void>();

  ring(): void {
    this.#ringing.resolve();
  }

  reset(): void {
    this.#ringing = Promise.withResolvers<void>();
  }

  /** Waits for a ring, for a time, or for an abort. */
  async wait(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const slept = clock.sleep(timeoutMs, { signal: done.signal }).catch(() => {});
    try {
      await untilAborted(Promise.race([this.#ringing.promise, slept]), signal);
    } finally {
      done.abort();
    }
  }
}
