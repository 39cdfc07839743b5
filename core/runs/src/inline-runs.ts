import type { StoredDocument } from "@bedplate/state";
import type { PreparedRun } from "./intake.ts";
import { hasEnded, type Run } from "./run.ts";
import type { RunParts } from "./run-parts.ts";
import { isLostRace } from "./run-store.ts";
import type { RunsModules } from "./runs-modules.ts";

/** After this long a run that its caller waits for gets a record, so that others can see and cancel it. */
export const acceptAfterMs = 25;

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
    const { run, input } = prepared;
    const { quotaOf } = this.#modules;
    const { turnstile, attempts } = this.#parts;
    const { concurrentRunsMax: projectMax } = await quotaOf(run.project);
    const { project, priority } = run;
    using _turn = await turnstile.enter({ project, priority, projectMax, signal });
    const cancel = new AbortController();
    this.#cancels.set(run.id, cancel);
    await using accepted = this.#acceptLater(prepared);
    try {
      const ended = await attempts.carry(run, { input, signal: cancel.signal });
      return await this.#finish(prepared, { ended, accepted: await accepted.settle() });
    } finally {
      this.#cancels.delete(run.id);
    }
  }

  /** Stops a run that executes here; false when there is none. */
  cancel(id: string): boolean {
    const found = this.#cancels.get(id);
    found?.abort();
    return found !== undefined;
  }

  async #finish(
    prepared: PreparedRun,
    end: { readonly ended: Run; readonly accepted: StoredDocument<Run> | undefined },
  ): Promise<Run> {
    const { store, waiters } = this.#parts;
    const { ended, accepted } = end;
    try {
      if (accepted === undefined) {
        await prepared.keepArtifact();
        await store.accept(ended, prepared.once);
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

  /** Records a long run while it executes. */
  #acceptLater(prepared: PreparedRun): AsyncDisposable & {
    settle(): Promise<StoredDocument<Run> | undefined>;
  } {
    const { clock } = this.#modules;
    const { store } = this.#parts;
    const waiting = new AbortController();
    const run: Run = { ...prepared.run, phase: "running", startedAt: clock.now(), attempts: 1 };
    const accepting = clock.sleep(acceptAfterMs, { signal: waiting.signal }).then(
      async () => {
        await prepared.keepArtifact();
        return store.accept(run, prepared.once);
      },
      () => undefined,
    );
    accepting.catch(() => {});
    const settle = () => {
      waiting.abort();
      return accepting;
    };
    return { settle, [Symbol.asyncDispose]: async () => void (await settle().catch(() => {})) };
  }
}
