import type { Clock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { DriverCommit, DriverCommitAnswer, StateLimits } from "@bedplate/state";
import { applyCommit } from "./apply-commit.ts";
import { Draft } from "./draft.ts";
import { forgetAnswers } from "./forget-answers.ts";
import { faultOfLevel, writeFailed, writesEnded } from "./level-faults.ts";
import type { Level } from "./level-folder.ts";
import { RecordKeys } from "./record-key.ts";

/** Commits that wait; one more is refused. */
const waitingMax = 4_096;
/** Commits that share one write to the disk. */
const groupMax = 64;
const op = "state.commit";

export interface CommitQueueParts {
  readonly level: Level;
  readonly clock: Clock;
  readonly onCommit: (namespace: string) => void;
}

export interface CommitJob {
  readonly namespace: string;
  readonly commit: DriverCommit;
  readonly limits: StateLimits;
}

interface Waiting extends CommitJob, PromiseWithResolvers<DriverCommitAnswer> {}

type Settled = PromiseSettledResult<DriverCommitAnswer>;

/** Makes commits one after the other. Those that wait meanwhile are written together. */
export class CommitQueue {
  readonly #parts: CommitQueueParts;
  readonly #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #failed = false;

  constructor(parts: CommitQueueParts) {
    this.#parts = parts;
  }

  async commit(job: CommitJob): Promise<DriverCommitAnswer> {
    if (this.#failed) throw writesEnded();
    if (this.#waiting.length >= waitingMax) throw full();
    const waiting = { ...job, ...Promise.withResolvers<DriverCommitAnswer>() };
    this.#waiting.push(waiting);
    this.#working ??= this.#work();
    return waiting.promise;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0, groupMax));
    this.#working = undefined;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const settled = await this.#write(group);
      for (const [index, each] of settled.entries()) settle(group[index], each);
      for (const namespace of namespacesOf(group)) this.#parts.onCommit(namespace);
    } catch (error) {
      for (const { reject } of group) reject(faultOfLevel(error, op));
    }
  }

  /** A commit that cannot be decided, because of a damaged record say, leaves the others be. */
  async #write(group: readonly Waiting[]): Promise<readonly Settled[]> {
    if (this.#failed) throw writesEnded();
    const { level, clock } = this.#parts;
    const draft = new Draft(level);
    const nowMs = clock.now();
    for (const namespace of namespacesOf(group)) {
      await forgetAnswers(level, { draft, keys: new RecordKeys(namespace), nowMs });
    }
    const settled: Settled[] = [];
    for (const { namespace, commit, limits } of group) {
      const context = { draft, keys: new RecordKeys(namespace), limits, nowMs };
      settled.push(...(await Promise.allSettled([applyCommit(commit, context)])));
    }
    try {
      await draft.write();
    } catch (error) {
      this.#failed = true;
      throw writeFailed(error);
    }
    return settled;
  }
}

function namespacesOf(group: readonly Waiting[]): ReadonlySet<string> {
  return new Set(group.map(({ namespace }) => namespace));
}

function settle(waiting: Waiting | undefined, settled: Settled): void {
  if (settled.status === "fulfilled") waiting?.resolve(settled.value);
  else waiting?.reject(faultOfLevel(settled.reason, op));
}

function full(): Error {
  return raise("quota.exceeded", {
    op,
    detail: { meter: "waiting commits", limit: waitingMax, asked: waitingMax + 1 },
    message: `Cannot commit: ${waitingMax} commits wait already`,
  });
}
