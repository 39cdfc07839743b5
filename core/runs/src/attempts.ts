import type { Executed, GuestEvent } from "@bedplate/environment";
import { toFault } from "@bedplate/errors";
import type { ReleaseRef, ReleaseUse } from "@bedplate/registry";
import { count, recordSeconds } from "@bedplate/telemetry";
import { endCancelled, endDone, endFailed } from "./ending.ts";
import { Executor, isWorthRetry } from "./executor.ts";
import type { LogHub } from "./log-hub.ts";
import type { Run } from "./run.ts";
import type { RunsModules } from "./runs-modules.ts";

/** One run, carried from its record to its end; retried where only the place failed. */
export class Attempts {
  readonly #modules: RunsModules;
  readonly #hub: LogHub;
  readonly #executor: Executor;

  constructor(modules: RunsModules, hub: LogHub) {
    this.#modules = modules;
    this.#hub = hub;
    this.#executor = new Executor(modules);
  }

  /** The run as it ended. Never rejects: what the platform could not do is the run's fault. */
  async carry(
    run: Run,
    options: { readonly input: Uint8Array; readonly signal: AbortSignal },
  ): Promise<Run> {
    const { clock, blobs } = this.#modules;
    const startedAt = clock.now();
    const started: Run = { ...run, phase: "running", startedAt, attempts: run.attempts + 1 };
    try {
      const { executed, release } = await this.#tries(started, options);
      const ended = await endDone(started, { executed, release, at: clock.now(), blobs });
      this.#measure(ended, executed.outcome.kind);
      return ended;
    } catch (error) {
      const at = clock.now();
      const ended = options.signal.aborted
        ? endCancelled(started, at)
        : endFailed(started, { fault: toFault(error, "runs.execute"), at });
      this.#measure(ended, ended.phase);
      return ended;
    }
  }

  async #tries(
    run: Run,
    options: { readonly input: Uint8Array; readonly signal: AbortSignal },
  ): Promise<{ readonly executed: Executed; readonly release: ReleaseRef }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#try(run, options);
      } catch (error) {
        if (options.signal.aborted || !isWorthRetry(error, attempt)) throw error;
        const reason = toFault(error, "runs.execute").code;
        this.#modules.log.warn("run retried", { runId: run.id, attempt, reason });
      }
    }
  }

  async #try(
    run: Run,
    { input, signal }: { readonly input: Uint8Array; readonly signal: AbortSignal },
  ): Promise<{ readonly executed: Executed; readonly release: ReleaseRef }> {
    using use: ReleaseUse = this.#modules.registry.slots.use(run.slot);
    const log = this.#hub.open(run.id);
    try {
      const onEvent = (event: GuestEvent) => log.write(event);
      const executed = await this.#executor.execute(use, run, { input, signal, onEvent });
      const { name, version, build } = use.release;
      return { executed, release: { name, version, build } };
    } finally {
      log.end();
    }
  }

  #measure(run: Run, result: string): void {
    const labels = { slot: run.slot, result };
    const seconds = ((run.finishedAt ?? 0) - run.createdAt) / 1000;
    count("bedplate_runs_total", 1, labels);
    recordSeconds("bedplate_run_seconds", seconds, labels);
    if (run.usage !== undefined)
      count("bedplate_run_fuel_total", run.usage.fuel, { slot: run.slot });
  }
}
