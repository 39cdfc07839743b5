import type {
  DriverCommit,
  DriverCommitAnswer,
  DriverHistory,
  DriverRange,
  Revision,
  StateChange,
  StateCheck,
  StateCommit,
  StateEntry,
  StateLimits,
  Version,
} from "@bedplate/state";
import { OrderedMap } from "./ordered-map.ts";

type Committed = Extract<DriverCommitAnswer, { readonly kind: "committed" }>;

interface Remembered {
  readonly digest: string;
  readonly answer: Committed;
  readonly until: number;
}

/** One namespace: what is, what was, and who may. Every method is one step of one thread. */
export class MemoryNamespace {
  readonly #limits: StateLimits;
  readonly #entries = new OrderedMap<StateEntry>();
  readonly #fences = new Map<string, number>();
  readonly #remembered = new Map<string, Remembered>();
  #history: StateCommit[] = [];
  #oldest: Revision = 0;
  #head: Revision = 0;

  constructor(limits: StateLimits) {
    this.#limits = limits;
  }

  get head(): Revision {
    return this.#head;
  }

  get(key: Uint8Array): StateEntry | null {
    const entry = this.#entries.get(textOf(key));
    return entry === undefined ? null : copyOf(entry);
  }

  list({ start, end, ...range }: DriverRange): readonly StateEntry[] {
    const bounds = { start: textOf(start), end: end && textOf(end) };
    return this.#entries.range({ ...range, ...bounds }).map(copyOf);
  }

  history({ after, limit }: { after: Revision; limit: number }): DriverHistory {
    if (after < this.#oldest) return { commits: [], oldest: this.#oldest };
    const from = after - this.#oldest;
    const commits = this.#history.slice(from, from + limit);
    return { commits: commits.map(copyOfCommit), oldest: this.#oldest };
  }

  commit(commit: DriverCommit, nowMs: number): DriverCommitAnswer {
    return this.#refusal(commit, nowMs) ?? this.#apply(commit, nowMs);
  }

  #refusal(commit: DriverCommit, nowMs: number): DriverCommitAnswer | undefined {
    const { idempotency, fence, checks } = commit;
    this.#forget(nowMs);
    const first = idempotency && this.#remembered.get(idempotency.key);
    if (first !== undefined) {
      if (first.digest !== idempotency?.digest) return { kind: "key-reused", digest: first.digest };
      return { ...first.answer, replayed: true };
    }
    const seen = fence && this.#fences.get(fence.name);
    if (fence && seen !== undefined && fence.epoch < seen) return { kind: "fence-stale", seen };
    const index = checks.findIndex((check) => !this.#holds(check));
    if (index === -1) return undefined;
    return { kind: "check-failed", index, actual: this.#version(checks[index]?.key) };
  }

  #apply({ ops, fence, idempotency }: DriverCommit, nowMs: number): Committed {
    const revision = this.#head + 1;
    const changes: StateChange[] = [];
    const versions: (Version | null)[] = [];
    for (const op of ops) {
      if ("put" in op) {
        const version = versionOf(revision);
        const entry = { key: op.put, value: op.value, version, revision };
        this.#entries.set(textOf(op.put), entry);
        changes.push({ key: op.put, entry });
        versions.push(version);
      } else {
        if (this.#entries.delete(textOf(op.delete))) changes.push({ key: op.delete, entry: null });
        versions.push(null);
      }
    }
    if (changes.length > 0) this.#record({ revision, changes });
    if (fence) this.#fences.set(fence.name, fence.epoch);
    const answer: Committed = {
      kind: "committed",
      revision: this.#head,
      versions,
      replayed: false,
    };
    if (idempotency) {
      const until = nowMs + this.#limits.idempotencyMs;
      this.#remembered.set(idempotency.key, { digest: idempotency.digest, answer, until });
    }
    return answer;
  }

  #record(commit: StateCommit): void {
    this.#head = commit.revision;
    this.#history.push(commit);
    // Trims a quarter late, so that the array is not moved by every commit.
    const { historyCommitsMax } = this.#limits;
    if (this.#history.length < historyCommitsMax * 1.25) return;
    this.#history = this.#history.slice(-historyCommitsMax);
    this.#oldest = this.#head - this.#history.length;
  }

  #holds({ key, is }: StateCheck<Uint8Array>): boolean {
    const version = this.#version(key);
    if (is === "absent") return version === null;
    if (is === "present") return version !== null;
    return version === is.version;
  }

  #version(key: Uint8Array | undefined): Version | null {
    return (key && this.#entries.get(textOf(key))?.version) ?? null;
  }

  #forget(nowMs: number): void {
    for (const [key, { until }] of this.#remembered) {
      if (until > nowMs) return;
      this.#remembered.delete(key);
    }
  }
}

function versionOf(revision: Revision): Version {
  return `r${revision.toString(36)}`;
}

/** Latin-1 text compares as its bytes do. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

function copyOf(entry: StateEntry): StateEntry {
  return { ...entry, key: Uint8Array.from(entry.key), value: Uint8Array.from(entry.value) };
}

function copyOfCommit({ revision, changes }: StateCommit): StateCommit {
  const copies = changes.map(({ key, entry }) => ({
    key: Uint8Array.from(key),
    entry: entry && copyOf(entry),
  }));
  return { revision, changes: copies };
}
