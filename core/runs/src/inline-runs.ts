import type { StoredDocument } from "@bedplate/state";
import { commitLater, type LaterCommit } from "./commit-later.ts";
import { holdMs, keepHold } from "./holding.ts";
import type { PreparedRun } from "./intake.ts";
import { hasEnded, type Run } from "./run.ts";
import type { RunParts } from "./run-parts.ts";
import { isLostRace } from "./run-store.ts";
import type { RunsModules } from "./runs-modules.ts";

/** A run that was executed, and its record where it took long enough to get one before its end. */
interface Execution {
  readonly ended: Run;
  readonly accepted: StoredDocument<Run> | undefined;
}

/**
 * Runs whose caller waits for the end. Nothing is acknowledged before that, so a short one takes one
 * commit and no queue; a crash before the commit leaves nothing, and the caller knows that it got
 * no answer.
 */
export class InlineRuns {
  readonly #modules: RunsModules;
  readonly #parts: RunParts;
  readonly #cancels = new Map<string, AbortController>();

  constructor(modules: RunsModules, parts: RunParts) {
    this.#modules = modules;
    this.#parts = parts;
  }

  /** Executes, records, answers with the ended run. */
  async run(prepared: PreparedRun, signal?: AbortSignal | undefined): Promise<Run> {
    const cancel = new AbortController();
    this.#cancels.set(prepared.run.id, cancel);
    try {
      return await this.#finish(prepared, await this.#execute(prepared, { cancel, signal }));
    } finally {
      this.#cancels.delete(prepared.run.id);
    }
  }

  /** Stops a run that executes here; false when there is none. */
  cancel(id: string): boolean {
    const found = this.#cancels.get(id);
    found?.abort();
    return found !== undefined;
  }

  /** The turn ends with the execution: runs that are being recorded share a commit, not a turn. */
  async #execute(
    prepared: PreparedRun,
    options: { readonly cancel: AbortController; readonly signal: AbortSignal | undefined },
  ): Promise<Execution> {
    const { run, input } = prepared;
    const { turnstile, attempts } = this.#parts;
    const { project, priority } = run;
    const { concurrentRunsMax: projectMax } = await this.#modules.quotaOf(project);
    const { signal } = options;
    using _turn = await turnstile.enter({ project, priority, projectMax, signal });
    await using holds = new AsyncDisposableStack();
    await using accepted = this.#acceptLater(prepared, { cancel: options.cancel, holds });
    const ended = await attempts.carry(run, { input, signal: options.cancel.signal });
    return { ended, accepted: await accepted.settle() };
  }

  async #finish(prepared: PreparedRun, end: Execution): Promise<Run> {
    const { store, waiters } = this.#parts;
    const { ended, accepted } = end;
    try {
      if (accepted === undefined) {
        await prepared.keepArtifact();
        await store.accept(ended, { once: prepared.once });
      } else await store.change(accepted, ended);
    } catch (error) {
      if (!isLostRace(error)) throw error;
      return this.#settleRace(prepared, ended);
    }
    waiters.announce(ended);
    return ended;
  }

  /** Another commit was first: the first run with the key counts, and of one run the first end. */
  async #settleRace(prepared: PreparedRun, ended: Run): Promise<Run> {
    const { store } = this.#parts;
    if (prepared.once !== undefined) {
      const first = await store.findOnce(ended.project, prepared.once);
      if (first !== null && first.id !== ended.id) return first;
    }
    for (;;) {
      const stored = await store.get(ended.project, ended.id);
      if (hasEnded(stored.document)) return stored.document;
      try {
        return (await store.change(stored, ended)).document;
      } catch (error) {
        if (!isLostRace(error)) throw error;
      }
    }
  }

  /** Records a long run while it executes, and holds it from then on. */
  #acceptLater(
    prepared: PreparedRun,
    options: { readonly cancel: AbortController; readonly holds: AsyncDisposableStack },
  ): LaterCommit<StoredDocument<Run>> {
    const { clock, replica } = this.#modules;
    const { store } = this.#parts;
    const { cancel, holds } = options;
    const run: Run = { ...prepared.run, phase: "running", startedAt: clock.now(), attempts: 1 };
    return commitLater(clock, async () => {
      await prepared.keepArtifact();
      const hold = { replica, until: clock.now() + holdMs };
      const accepted = await store.accept(run, { once: prepared.once, hold });
      holds.use(keepHold(run, { cancel, modules: this.#modules, store }));
      return accepted;
    });
  }
}
