import type { Run } from "./run.ts";

/** Who waits on this replica for runs to end. */
export class RunWaiters {
  readonly #waiting = new Map<string, Set<(run: Run) => void>>();

  /** Tells who waits for this run. */
  announce(run: Run): void {
    const waiting = this.#waiting.get(run.id);
    this.#waiting.delete(run.id);
    for (const wake of waiting ?? []) wake(run);
  }

  /** The run when it ends here, or undefined when the signal aborts first. */
  wait(id: string, signal: AbortSignal): Promise<Run | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const onAbort = () => {
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve(undefined);
      };
      const wake = (run: Run) => {
        signal.removeEventListener("abort", onAbort);
        resolve(run);
      };
      waiting.add(wake);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }
}
