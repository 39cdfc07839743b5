import type { Call, Observation, ObserveDriver } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** Observations that wait for a slow watcher; older ones are dropped for newer ones. */
export const observationsWaitingMax = 1_024;

/** Watchers of one instance. */
export const watchersMax = 64;

interface Watcher {
  readonly points: ReadonlySet<string>;
  readonly waiting: Observation[];
  wake: () => void;
}

/** Hands observations to whoever watches; costs nothing when nobody does, and never waits. */
export class ObservationHub implements ObserveDriver {
  readonly #points: readonly string[];
  readonly #watchers = new Set<Watcher>();
  #isOver = false;

  constructor(points: readonly string[]) {
    this.#points = points;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  tell(observation: Observation): void {
    for (const watcher of this.#watchers) {
      if (!watcher.points.has(observation.point)) continue;
      if (watcher.waiting.length >= observationsWaitingMax) watcher.waiting.shift();
      watcher.waiting.push(observation);
      watcher.wake();
    }
  }

  /** Ends every watch; later ones end at once. */
  close(): void {
    this.#isOver = true;
    for (const watcher of this.#watchers) watcher.wake();
  }

  observe(points: readonly string[], call: Call): AsyncIterable<Observation> {
    const unknown = points.findIndex((each) => !this.#points.includes(each));
    if (unknown >= 0) throw refusePoint(points[unknown] ?? "", unknown);
    if (this.#watchers.size >= watchersMax) throw refuseWatcher(this.#watchers.size);
    // Registered here and not at the first `next`: the caller has been told "from now on".
    const watcher: Watcher = { points: new Set(points), waiting: [], wake: () => {} };
    this.#watchers.add(watcher);
    call.signal.addEventListener("abort", () => this.#leave(watcher), { once: true });
    return this.#drain(watcher, call.signal);
  }

  /** Also where nobody ever asked for the first observation. */
  #leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    watcher.wake();
  }

  async *#drain(watcher: Watcher, signal: AbortSignal): AsyncGenerator<Observation> {
    try {
      while (!signal.aborted) {
        yield* watcher.waiting.splice(0);
        if (this.#isOver || signal.aborted) return;
        if (watcher.waiting.length === 0) await nextWake(watcher);
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}

function nextWake(watcher: Watcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.wake = () => {
      watcher.wake = () => {};
      resolve();
    };
  });
}

function refusePoint(point: string, at: number): Error {
  return raise("argument.invalid", {
    op: "instance.observe",
    detail: { path: `/points/${at}`, rule: `${point} cannot be watched here` },
    message: `Cannot observe ${point}: it is no declared point`,
  });
}

function refuseWatcher(asked: number): Error {
  return raise("quota.exceeded", {
    op: "instance.observe",
    detail: { meter: "watchers", limit: watchersMax, asked: asked + 1 },
    message: `Cannot observe the instance: ${watchersMax} watchers are there already`,
  });
}
