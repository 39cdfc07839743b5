import type { Call } from "../call.ts";

/** Watching without touching: never changes outcome, fuel, writes, events or phase. */
export interface ObserveParams {
  /** What can be watched, for example `block`, `call`, `memory-grow`. */
  readonly points: readonly string[];
  /** Whether observations may be dropped for a slow watcher. */
  readonly isLossy: boolean;
}

export interface ObserveDriver {
  /** Yields from now on until the call's signal aborts or the instance stops. */
  observe(points: readonly string[], call: Call): AsyncIterable<Observation>;
}

export interface Observation {
  /** Fuel used when it was made; the run's own clock. */
  readonly at: number;
  readonly point: string;
  /** Flat facts; never guest bytes. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}
