import type { ProfileName } from "./run-plan.ts";

/** Fuel that makes the deterministic clock go on by a millisecond, so that waiting loops end. */
const fuelPerMs = 1_000_000n;

/**
 * The time that a guest sees. In the deterministic profile it moves with work and with waiting
 * alone; in the normal one it is the host's.
 */
export class GuestClock {
  readonly #profile: ProfileName;
  readonly #startMs: number;
  readonly #startedAt: number = performance.now();
  readonly #fuelUsed: () => bigint;
  #waitedMs = 0;

  constructor(options: {
    readonly profile: ProfileName;
    readonly nowMs: number;
    readonly fuelUsed: () => bigint;
  }) {
    this.#profile = options.profile;
    this.#startMs = options.nowMs;
    this.#fuelUsed = options.fuelUsed;
  }

  /** Nanoseconds since 1970. */
  nowNs(): bigint {
    const start = BigInt(this.#startMs) * 1_000_000n;
    return start + BigInt(Math.trunc(this.#sinceStartMs() * 1_000_000));
  }

  /** Milliseconds since 1970, with a fraction. */
  nowMs(): number {
    return this.#startMs + this.#sinceStartMs();
  }

  /** Waits until a moment: at once where time is the guest's own, else by `sleep`. */
  waitUntil(atMs: number, sleep: (ms: number) => void): void {
    const waitMs = atMs - Math.floor(this.nowMs());
    if (waitMs <= 0) return;
    if (this.#profile === "normal") sleep(waitMs);
    else this.#waitedMs += waitMs;
  }

  #sinceStartMs(): number {
    if (this.#profile === "normal") return performance.now() - this.#startedAt;
    return this.#waitedMs + Number(this.#fuelUsed()) / Number(fuelPerMs);
  }
}
