import type { StateFence, StateOp, StateStore } from "@bedplate/state";
import { packCommits } from "./pack-commits.ts";

/** Changes that are worth a commit. */
const itemsMin = 1_000;

/**
 * Commits changes in their order, many at once: a commit costs the disk the same, however little is in
 * it. Before `flush`, some may not be committed yet.
 */
export class CommitQueue {
  readonly #state: StateStore;
  readonly #fence: StateFence;
  readonly #waiting: StateOp<string | Uint8Array>[] = [];

  constructor(state: StateStore, fence: StateFence) {
    this.#state = state;
    this.#fence = fence;
  }

  async add(ops: readonly StateOp<string | Uint8Array>[]): Promise<void> {
    for (const op of ops) this.#waiting.push(op);
    if (this.#waiting.length >= itemsMin) await this.flush();
  }

  async flush(): Promise<void> {
    for (const ops of packCommits(this.#waiting.splice(0), this.#state.limits)) {
      await this.#state.commit({ ops, fence: this.#fence });
    }
  }
}
