import type { WasiClock } from "../wasi/wasi-clock.ts";
import type { GuestCell } from "./guest-cell.ts";

/** Longest sleep between two looks at deadline and cancellation. */
const napMs = 5;

/** The host's time, for guests that need not be repeatable. */
export class RealClock implements WasiClock {
  readonly #cell: GuestCell;
  readonly #startedAt = process.hrtime.bigint();

  constructor(cell: GuestCell) {
    this.#cell = cell;
  }

  realtimeNs(): bigint {
    return BigInt(Date.now()) * 1_000_000n;
  }

  monotonicNs(): bigint {
    return process.hrtime.bigint() - this.#startedAt;
  }

  cpuNs(): bigint {
    return BigInt(this.#cell.fuelUsed);
  }

  /** Sleeps: the guest is synchronous, so its thread has to. */
  wait(durationNs: bigint): void {
    const until = process.hrtime.bigint() + durationNs;
    for (let left = durationNs; left > 0n; left = until - process.hrtime.bigint()) {
      this.#cell.lookAtWall();
      Atomics.wait(nap, 0, 0, Math.min(napMs, Number(left) / 1e6));
    }
  }
}

const nap = new Int32Array(new SharedArrayBuffer(4));
