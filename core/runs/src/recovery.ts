import type { Clock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { Log } from "@bedplate/telemetry";
import { holdMs } from "./holding.ts";
import type { QueuedRuns } from "./queued-runs.ts";
import { hasEnded } from "./run.ts";
import type { OpenRun, RunStore } from "./run-store.ts";

interface RecoveryOptions {
  readonly queued: Pick<QueuedRuns, "enqueue">;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Puts runs that nobody executes any more into the queue. A job that is there already stays as it
 * is, so this is harmless while other replicas work; a run whose replica died is executed again,
 * which changes nothing outside because effects are captured.
 */
export class Recovery implements AsyncDisposable {
  readonly #store: RunStore;
  readonly #options: RecoveryOptions;
  readonly #stopping = new AbortController();
  #sweeping: Promise<void> | undefined;

  constructor(store: RunStore, options: RecoveryOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Every open run but those that a replica holds. */
  async recoverAll(): Promise<number> {
    const held = new Set<string>();
    for await (const { id, until } of this.#store.held()) {
      if (until > this.#options.clock.now()) held.add(id);
    }
    let count = 0;
    for await (const open of this.#store.open()) {
      if (!held.has(open.id) && (await this.#enqueue(open))) count++;
    }
    return count;
  }

  /** Begins to look, now and then, for runs that a replica held and holds no more. */
  start(): void {
    this.#sweeping ??= this.#sweep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(holdMs / 2, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#recoverLost();
      } catch (error) {
        if (!isFault(error)) throw error;
        log.warn("lost runs not looked for", { reason: error.fault.code });
      }
    }
  }

  async #recoverLost(): Promise<void> {
    const { clock, log } = this.#options;
    for await (const { id, project, until } of this.#store.held()) {
      if (until > clock.now()) continue;
      const isTaken = await this.#enqueue({ id, project });
      await this.#store.letGo(id);
      if (isTaken) log.info("run of a lost replica taken up", { runId: id });
    }
  }

  /** Answers whether the run was open. */
  async #enqueue({ id, project }: Pick<OpenRun, "id" | "project">): Promise<boolean> {
    const { document } = await this.#store.get(project, id);
    if (hasEnded(document)) return false;
    await this.#options.queued.enqueue(document);
    return true;
  }
}
