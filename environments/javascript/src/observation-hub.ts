import type { Call, Observation, ObserveDriver } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { observePoints } from "./manifest.ts";

/** Observations kept for one slow watcher; the oldest are dropped. */
const keptMax = 1024;

/** Watchers of one instance. */
const watchersMax = 64;

interface Watcher {
  readonly points: ReadonlySet<string>;
  readonly kept: Observation[];
  wake: () => void;
}

/** Tells watchers what runs do, without ever holding a run up. */
export class ObservationHub implements ObserveDriver {
  readonly #watchers = new Set<Watcher>();
  #isClosed = false;

  tell(observation: Observation): void {
    for (const watcher of this.#watchers) {
      if (!watcher.points.has(observation.point)) continue;
      watcher.kept.push(observation);
      if (watcher.kept.length > keptMax) watcher.kept.shift();
      watcher.wake();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const watcher of this.#watchers) watcher.wake();
  }

  /** Watching starts with the call, not with the first question for an observation. */
  observe(points: readonly string[], call: Call): AsyncIterable<Observation> {
    for (const [i, point] of points.entries()) demandPoint(point, i);
    if (this.#watchers.size >= watchersMax) throw tooMany();
    const watcher: Watcher = { points: new Set(points), kept: [], wake: () => {} };
    this.#watchers.add(watcher);
    const leave = () => {
      this.#watchers.delete(watcher);
      watcher.wake();
    };
    call.signal.addEventListener("abort", leave, { once: true });
    return this.#follow(watcher, { signal: call.signal, leave });
  }

  async *#follow(
    watcher: Watcher,
    options: { readonly signal: AbortSignal; readonly leave: () => void },
  ): AsyncGenerator<Observation> {
    const { signal, leave } = options;
    try {
      while (!signal.aborted) {
        const next = watcher.kept.shift();
        if (next !== undefined) yield next;
        else if (this.#isClosed) return;
        else await woken(watcher);
      }
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }
}

function woken(watcher: Watcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.wake = resolve;
  });
}

function demandPoint(point: string, i: number): void {
  if ((observePoints as readonly string[]).includes(point)) return;
  throw raise("argument.invalid", {
    op: "instance.observe",
    detail: { path: `/points/${i}`, rule: `must be one of ${observePoints.join(", ")}` },
    message: `Cannot observe: there is no point ${JSON.stringify(point)}`,
  });
}

function tooMany(): Error {
  return raise("quota.exceeded", {
    op: "instance.observe",
    detail: { meter: "watchers", limit: watchersMax, asked: watchersMax + 1 },
    message: `Cannot observe: ${watchersMax} watch already`,
  });
}
