import type { Observation } from "@bedplate/environment";

/** Most observations that wait for one watcher; newer ones are dropped. */
export const observationsMax = 4096;

interface Watcher {
  readonly points: readonly string[];
  readonly queue: Observation[];
  wake: () => void;
}

/** Those who watch an instance. Telling them waits for nobody. */
export class RunWatchers {
  readonly #watchers = new Set<Watcher>();
  #isOver = false;

  tell(observation: Observation): void {
    for (const watcher of this.#watchers) {
      if (!watcher.points.includes(observation.point)) continue;
      if (watcher.queue.length < observationsMax) watcher.queue.push(observation);
      watcher.wake();
    }
  }

  /** Watches from the call on, not from the first look. */
  watch(points: readonly string[], signal: AbortSignal): AsyncIterable<Observation> {
    const watcher: Watcher = { points, queue: [], wake: () => {} };
    this.#watchers.add(watcher);
    return this.#read(watcher, signal);
  }

  end(): void {
    this.#isOver = true;
    for (const watcher of this.#watchers) watcher.wake();
  }

  async *#read(watcher: Watcher, signal: AbortSignal): AsyncIterable<Observation> {
    const onAbort = () => watcher.wake();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const next = watcher.queue.shift();
        if (next !== undefined) yield next;
        else if (this.#isOver) return;
        else
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
          });
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#watchers.delete(watcher);
    }
  }
}
