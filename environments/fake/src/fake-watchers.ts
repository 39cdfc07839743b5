import type { Observation } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** What can be watched in a fake run. */
export const fakePoints: readonly string[] = ["run-start", "run-end", "event", "memory-grow"];

/** Most observations that wait for one watcher; one more ends its stream with a fault, never with a gap. */
export const observationsMax = 65_536;

interface Watcher {
  readonly points: readonly string[];
  readonly queue: Observation[];
  isFull: boolean;
  wake: () => void;
}

/** Everybody who watches one fake instance. Telling them waits for nobody. */
export class FakeWatchers {
  readonly #watchers = new Set<Watcher>();
  #isEnded = false;

  tell(observation: Observation): void {
    for (const each of this.#watchers) {
      if (!each.points.includes(observation.point)) continue;
      if (each.queue.length < observationsMax) each.queue.push(observation);
      else each.isFull = true;
      each.wake();
    }
  }

  /** Ends every stream: the instance has stopped. */
  end(): void {
    this.#isEnded = true;
    for (const each of this.#watchers) each.wake();
  }

  /** Starts to watch at once, not only when the first observation is asked for. */
  watch(points: readonly string[], signal: AbortSignal): AsyncIterable<Observation> {
    const watcher: Watcher = { points, queue: [], isFull: false, wake: () => {} };
    this.#watchers.add(watcher);
    return this.#read(watcher, signal);
  }

  async *#read(watcher: Watcher, signal: AbortSignal): AsyncIterable<Observation> {
    const onAbort = () => watcher.wake();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const next = watcher.queue.shift();
        if (next !== undefined) yield next;
        else if (watcher.isFull) throw tooSlow();
        else if (this.#isEnded) return;
        else await new Promise<void>((resolve) => (watcher.wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#watchers.delete(watcher);
    }
  }
}

function tooSlow(): Error {
  return raise("quota.exceeded", {
    op: "instance.observe",
    detail: { meter: "observations", limit: observationsMax, asked: observationsMax + 1 },
    message: `Cannot go on observing: ${observationsMax} observations wait already`,
  });
}
