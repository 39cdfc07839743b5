import { count } from "@bedplate/telemetry";

/** What became of lookups and loads since a store was opened; the same numbers are metrics. */
export interface CacheTally {
  readonly hits: number;
  readonly misses: number;
  /** Misses because the stored bytes were damaged. */
  readonly corrupt: number;
  /** Loads that went on without the cache, because it was unavailable. */
  readonly failedOpen: number;
  /** Loads whose value was not kept: the claim was lost, or the value is too long. */
  readonly unkept: number;
}

const metrics: { readonly [Name in keyof CacheTally]: string } = {
  hits: "bedplate_cache_hits_total",
  misses: "bedplate_cache_misses_total",
  corrupt: "bedplate_cache_corrupt_total",
  failedOpen: "bedplate_cache_failed_open_total",
  unkept: "bedplate_cache_unkept_total",
};

/** Counts for the tally and for the metrics at once. */
export class TallyKeeper {
  #tally: CacheTally = { hits: 0, misses: 0, corrupt: 0, failedOpen: 0, unkept: 0 };

  get tally(): CacheTally {
    return this.#tally;
  }

  add(name: keyof CacheTally, namespace: string, by = 1): void {
    if (by === 0) return;
    this.#tally = { ...this.#tally, [name]: this.#tally[name] + by };
    count(metrics[name], by, { namespace });
  }
}
