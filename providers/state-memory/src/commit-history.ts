import type {
  DriverHistory,
  Revision,
  StateChange,
  StateCommit,
  StateEntry,
} from "@bedplate/state";
import { copyOf, textOf } from "./entries.ts";

/** A change, and what was there before it. */
export interface MemoryChange extends StateChange {
  readonly before: StateEntry | null;
}

/** A commit as it is remembered. */
export interface MemoryCommit {
  readonly revision: Revision;
  readonly changes: readonly MemoryChange[];
}

/** The last commits of a namespace. */
export class CommitHistory {
  readonly #commitsMax: number;
  #commits: MemoryCommit[] = [];
  #oldest: Revision = 0;
  #head: Revision = 0;

  constructor(commitsMax: number) {
    this.#commitsMax = commitsMax;
  }

  get head(): Revision {
    return this.#head;
  }

  get ends(): { readonly revision: Revision; readonly oldest: Revision } {
    return { revision: this.#head, oldest: this.#oldest };
  }

  add(commit: MemoryCommit): void {
    this.#head = commit.revision;
    this.#commits.push(commit);
    // Trims a quarter late, so that the array is not moved by every commit.
    if (this.#commits.length < this.#commitsMax * 1.25) return;
    this.#commits = this.#commits.slice(-this.#commitsMax);
    this.#oldest = this.#head - this.#commits.length;
  }

  read({ after, limit }: { readonly after: Revision; readonly limit: number }): DriverHistory {
    if (after < this.#oldest) return { commits: [], ...this.ends };
    const from = after - this.#oldest;
    return { commits: this.#commits.slice(from, from + limit).map(shown), ...this.ends };
  }

  /** What the keys that changed after a revision held at it. */
  replacedAfter(revision: Revision): ReadonlyMap<string, StateEntry | null> {
    const replaced = new Map<string, StateEntry | null>();
    for (const { changes } of this.#commits.slice(Math.max(0, revision - this.#oldest))) {
      for (const { key, before } of changes) {
        const text = textOf(key);
        if (!replaced.has(text)) replaced.set(text, before);
      }
    }
    return replaced;
  }
}

function shown({ revision, changes }: MemoryCommit): StateCommit {
  const copies = changes.map(({ key, entry, cause }) => ({
    key: Uint8Array.from(key),
    entry: entry && copyOf(entry),
    cause,
  }));
  return { revision, changes: copies };
}
