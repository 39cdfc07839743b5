import type { Call } from "@bedplate/environment";
import type { Ending } from "./ending.ts";

/**
 * Fuel between two looks at the clock, at the start of a run and at its bounds. The start is small,
 * because some instructions (throwing, above all) take far longer than their fuel.
 */
const sliceStart = 200_000;
const sliceMin = 10_000;
const sliceMax = 200_000_000;

/** A slice becomes at most so many times longer or shorter than the one before. */
const sliceGrowthMax = 4;

/** Time between two looks that slices are sized for, in milliseconds. */
const sliceTargetMs = 2;

/**
 * Watches wall time and cancellation while a guest runs. Guests stop at slices of fuel, which
 * follow the speed of the machine; the fuel that a run uses does not depend on them.
 */
export class WallWatch {
  readonly #call: Call;
  readonly #now: () => number;
  readonly #startedAt = performance.now();
  readonly #wallMs: number;
  #slice: number = sliceStart;
  #lookedAt: number = this.#startedAt;

  constructor(options: {
    readonly call: Call;
    readonly wallMs: number | undefined;
    /** The host's clock, which the call's deadline is of. */
    readonly now: () => number;
  }) {
    this.#call = options.call;
    this.#now = options.now;
    this.#wallMs = options.wallMs ?? Number.POSITIVE_INFINITY;
  }

  /** Fuel until the next look. */
  get slice(): number {
    return this.#slice;
  }

  /** Milliseconds since the run began. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Milliseconds that the run may still take; none or less: it is over. */
  get leftMs(): number {
    const untilDeadlineMs = this.#call.deadlineAt - this.#now();
    return Math.min(this.#wallMs - this.elapsedMs, untilDeadlineMs);
  }

  /** Why the run must end now; undefined while it may go on. */
  look(): Ending | undefined {
    const { signal, deadlineAt } = this.#call;
    const isOver = this.elapsedMs > this.#wallMs || this.#now() >= deadlineAt;
    if (isOver) return { kind: "outcome", outcome: { kind: "exhausted", meter: "wallMs" } };
    if (signal.aborted) return { kind: "fault", error: signal.reason };
    return undefined;
  }

  /** Looks, and sizes the next slice by how long this one took. */
  lookAfterSlice(): Ending | undefined {
    const at = performance.now();
    const tookMs = at - this.#lookedAt;
    this.#lookedAt = at;
    const wished = this.#slice * (sliceTargetMs / Math.max(tookMs, 0.01));
    const most = Math.min(sliceMax, this.#slice * sliceGrowthMax);
    const least = Math.max(sliceMin, this.#slice / sliceGrowthMax);
    this.#slice = Math.round(Math.min(most, Math.max(least, wished)));
    return this.look();
  }

  /** Called when a guest begins, so that time spent waiting does not count as its first slice. */
  beginSlice(): void {
    this.#lookedAt = performance.now();
  }
}
