import { noUsage, type Usage } from "./budget.ts";
import type { Exit } from "./exit.ts";
import type { InstanceStatus } from "./instance-driver.ts";
import type { Phase } from "./phase.ts";

/**
 * What an instance says of itself: its phase, what its runs used, how it ended. For drivers whose guest
 * runs only while it is invoked, so that ending it needs nothing of the guest.
 */
export class InstanceLife {
  readonly #now: () => number;
  #status: InstanceStatus;

  constructor(now: () => number) {
    this.#now = now;
    this.#status = { phase: "created", sinceAt: now(), usage: noUsage };
  }

  get status(): InstanceStatus {
    return this.#status;
  }

  /** Enters a phase; one that it is in already keeps its beginning. */
  move(phase: Phase): void {
    if (this.#status.phase === phase) return;
    this.#status = { ...this.#status, phase, sinceAt: this.#now() };
  }

  /** Ends it in good order. Asked again, answers the first end. */
  stop(): Exit {
    const exit = this.#status.exit ?? {
      code: 0,
      signal: null,
      isOutOfMemory: false,
      at: this.#now(),
    };
    this.#status = { ...this.#status, exit };
    this.move("stopped");
    return exit;
  }

  /** Adds what a run used: memory is the most of any run, all else is a sum. */
  add({ fuel, wallMs, cpuMs, memoryBytes, outputBytes }: Usage): void {
    const sum = this.#status.usage;
    const usage = {
      // A count that JavaScript cannot hold exactly stays at its bound.
      fuel: Math.min(sum.fuel + fuel, Number.MAX_SAFE_INTEGER),
      wallMs: sum.wallMs + wallMs,
      cpuMs: sum.cpuMs + cpuMs,
      memoryBytes: Math.max(sum.memoryBytes, memoryBytes),
      outputBytes: sum.outputBytes + outputBytes,
    };
    this.#status = { ...this.#status, usage };
  }
}
