import type { Budget } from "@bedplate/environment";
import { exhausted } from "./ending.ts";

/** Index in the cells that a thread shares with its owner: not 0 asks the present run to end. */
export const cancelCell = 0;

/** Watches what is not the guest's doing: real time, and the owner's wish to stop. */
export class WallWatch {
  readonly startedAt: number = performance.now();
  readonly #startCpu = process.threadCpuUsage();
  readonly #wallMs: number;
  readonly #cells: Int32Array;

  constructor(options: {
    readonly budget: Budget;
    readonly patienceMs: number;
    readonly cells: Int32Array;
  }) {
    const { budget, patienceMs, cells } = options;
    this.#wallMs = Math.min(budget.wallMs ?? Number.POSITIVE_INFINITY, patienceMs);
    this.#cells = cells;
  }

  get wallMs(): number {
    return performance.now() - this.startedAt;
  }

  get cpuMs(): number {
    const { user, system } = process.threadCpuUsage(this.#startCpu);
    return (user + system) / 1000;
  }

  /** Ends the run where its time is over. */
  demandTime(): void {
    if (this.wallMs > this.#wallMs || Atomics.load(this.#cells, cancelCell) !== 0) {
      throw exhausted("wallMs");
    }
  }

  /** Waits in real time, at most until the run's time is over. */
  sleep(ms: number): void {
    const leftMs = Math.max(0, this.#wallMs - this.wallMs + 1);
    Atomics.wait(this.#cells, cancelCell, 0, Math.min(ms, leftMs));
    this.demandTime();
  }
}
