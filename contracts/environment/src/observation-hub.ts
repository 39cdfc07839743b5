import { raise } from "@bedplate/errors";
import type { Call } from "./call.ts";
import type { Observation, ObserveDriver } from "./facets/observe.ts";

/** Watchers of one instance. */
export const watchersMax = 64;

/** Observations that wait for one watcher, where the environment says nothing. */
export const observationsWaitingMax = 1_024;

/** What can be watched, and what becomes of a watcher that is too slow. */
export interface ObservationHubOptions {
  readonly points: readonly string[];
  /** Whether the oldest observations are dropped for new ones; else the watch ends with a fault. */
  readonly isLossy: boolean;
  readonly waitingMax?: number | undefined;
}

interface Watcher {
  readonly points: ReadonlySet<string>;
  readonly waiting: Observation[];
  isFull: boolean;
  wake: () => void;
}

/**
 * The `observe` facet of one instance: hands observations to whoever watches. It costs nothing when
 * nobody does, and never waits for a watcher.
 */
export class ObservationHub implements ObserveDriver {
  readonly #points: readonly string[];
  readonly #isLossy: boolean;
  readonly #waitingMax: number;
  readonly #watchers = new Set<Watcher>();
  #isOver = false;

  constructor(options: ObservationHubOptions) {
    this.#points = options.points;
    this.#isLossy = options.isLossy;
    this.#waitingMax = options.waitingMax ?? observationsWaitingMax;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  tell(observation: Observation): void {
    for (const watcher of this.#watchers) {
      if (!watcher.points.has(observation.point)) continue;
      this.#add(watcher, observation);
      watcher.wake();
    }
  }

  /** Ends every watch once it has been told what waits; later ones end at once. */
  close(): void {
    this.#isOver = true;
    for (const watcher of this.#watchers) watcher.wake();
  }

  /** Watches from the call on, not from the first look. */
  observe(points: readonly string[], call: Call): AsyncIterable<Observation> {
    const unknown = points.findIndex((each) => !this.#points.includes(each));
    if (unknown >= 0) throw refusePoint(unknown);
    if (this.#watchers.size >= watchersMax) throw refuseWatcher();
    const watcher: Watcher = {
      points: new Set(points),
      waiting: [],
      isFull: false,
      wake: () => {},
    };
    this.#watchers.add(watcher);
    // Also where nobody ever asks for the first observation.
    const leave = () => {
      this.#watchers.delete(watcher);
      watcher.wake();
    };
    const { signal } = call;
    signal.addEventListener("abort", leave, { once: true });
    return this.#follow(watcher, { signal, leave });
  }

  #add(watcher: Watcher, observation: Observation): void {
    const { waiting } = watcher;
    // Nothing goes in again after something was left out: there is never a gap.
    if (watcher.isFull) return;
    const isRoom = waiting.length < this.#waitingMax;
    if (!isRoom && !this.#isLossy) {
      watcher.isFull = true;
      return;
    }
    if (!isRoom) waiting.shift();
    waiting.push(observation);
  }

  async *#follow(
    watcher: Watcher,
    how: { readonly signal: AbortSignal; readonly leave: () => void },
  ): AsyncGenerator<Observation> {
    const { signal, leave } = how;
    try {
      while (!signal.aborted) {
        const next = watcher.waiting.shift();
        if (next !== undefined) yield next;
        else if (watcher.isFull) throw this.#tooSlow();
        else if (this.#isOver) return;
        else await nextWake(watcher);
      }
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }

  #tooSlow(): Error {
    const limit = this.#waitingMax;
    return raise("quota.exceeded", {
      op: "instance.observe",
      detail: { meter: "observations", limit, asked: limit + 1 },
      message: `Cannot go on observing: ${limit} observations wait already`,
    });
  }
}

function nextWake(watcher: Watcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.wake = resolve;
  });
}

function refusePoint(at: number): Error {
  return raise("argument.invalid", {
    op: "instance.observe",
    detail: { path: `/points/${at}`, rule: "is a point that this environment does not declare" },
    message: `Cannot observe: /points/${at} is a point that this environment does not declare`,
  });
}

function refuseWatcher(): Error {
  return raise("quota.exceeded", {
    op: "instance.observe",
    detail: { meter: "watchers", limit: watchersMax, asked: watchersMax + 1 },
    message: `Cannot observe the instance: ${watchersMax} watchers are there already`,
  });
}
