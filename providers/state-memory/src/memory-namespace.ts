import type {
  DriverCommit,
  DriverCommitAnswer,
  DriverHistory,
  DriverKeys,
  DriverRange,
  DriverRead,
  Revision,
  StateCheck,
  StateEntry,
  StateLimits,
  StateOp,
  Version,
} from "@bedplate/state";
import { CommitHistory, type MemoryChange } from "./commit-history.ts";
import { copyOf, isThere, textOf, versionOf } from "./entries.ts";
import { Expiries } from "./expiries.ts";
import { OrderedMap } from "./ordered-map.ts";

type Committed = Extract<DriverCommitAnswer, { readonly kind: "committed" }>;

interface Remembered {
  readonly digest: string;
  readonly answer: Committed;
  readonly until: number;
}

/**
 * One namespace: what is, what was, and who may. Every method is one step of one thread, and first
 * ends what has expired.
 */
export class MemoryNamespace {
  readonly #limits: StateLimits;
  readonly #entries = new OrderedMap<StateEntry>();
  readonly #expiries = new Expiries();
  readonly #fences = new Map<string, number>();
  readonly #remembered = new Map<string, Remembered>();
  readonly #history: CommitHistory;

  constructor(limits: StateLimits) {
    this.#limits = limits;
    this.#history = new CommitHistory(limits.historyCommitsMax);
  }

  head(nowMs: number): Revision {
    this.#expire(nowMs);
    return this.#history.head;
  }

  getMany({ keys, at }: DriverKeys, nowMs: number): DriverRead<readonly (StateEntry | null)[]> {
    this.#expire(nowMs);
    const entries = this.#entriesAt(at, nowMs);
    const found = keys.map((key) => {
      const entry = entries.get(textOf(key));
      return entry === undefined ? null : copyOf(entry);
    });
    return { entries: found, ...this.#history.ends };
  }

  list(range: DriverRange, nowMs: number): DriverRead<readonly StateEntry[]> {
    this.#expire(nowMs);
    const { start, end, at } = range;
    const bounds = { ...range, start: textOf(start), end: end && textOf(end) };
    const found = this.#entriesAt(at, nowMs).range(bounds);
    return { entries: found.map(copyOf), ...this.#history.ends };
  }

  history(from: { after: Revision; limit: number }, nowMs: number): DriverHistory {
    this.#expire(nowMs);
    return this.#history.read(from);
  }

  commit(commit: DriverCommit, nowMs: number): DriverCommitAnswer {
    this.#expire(nowMs);
    return this.#refusal(commit, nowMs) ?? this.#apply(commit, nowMs);
  }

  #entriesAt(at: Revision | undefined, nowMs: number): OrderedMap<StateEntry> {
    if (at === undefined) return this.#entries;
    const past = this.#entries.copy();
    for (const [key, entry] of this.#history.replacedAfter(at)) {
      if (entry && isThere(entry, nowMs)) past.set(key, entry);
      else past.delete(key);
    }
    return past;
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
    const revision = this.#history.head + 1;
    const changes: MemoryChange[] = [];
    const versions = ops.map((op) => {
      const change = this.#change(op, { revision, position: changes.length, nowMs });
      if (change) changes.push(change);
      return change?.entry?.version ?? null;
    });
    if (changes.length > 0) this.#history.add({ revision, changes });
    if (fence) this.#fences.set(fence.name, fence.epoch);
    const answer: Committed = {
      kind: "committed",
      revision: this.#history.head,
      versions,
      replayed: false,
    };
    if (idempotency) {
      const until = nowMs + this.#limits.idempotencyMs;
      this.#remembered.set(idempotency.key, { digest: idempotency.digest, answer, until });
    }
    return answer;
  }

  #change(op: StateOp<Uint8Array>, place: WritePlace): MemoryChange | undefined {
    if (!("put" in op)) return this.#remove(op.delete, "delete");
    const { revision, position, nowMs } = place;
    const entry: StateEntry = {
      key: op.put,
      value: op.value,
      version: versionOf(revision, position),
      revision,
      ...(op.ttlMs !== undefined && { expiresAt: nowMs + op.ttlMs }),
    };
    const text = textOf(op.put);
    const before = this.#entries.get(text) ?? null;
    this.#entries.set(text, entry);
    this.#expiries.set(text, entry.expiresAt);
    return { key: op.put, entry, before, cause: "put" };
  }

  #remove(key: Uint8Array, cause: "delete" | "expired"): MemoryChange | undefined {
    const text = textOf(key);
    const before = this.#entries.get(text);
    if (before === undefined) return undefined;
    this.#entries.delete(text);
    this.#expiries.set(text, undefined);
    return { key, entry: null, before, cause };
  }

  /** What is over ends in a commit of its own. */
  #expire(nowMs: number): void {
    const changes = this.#expiries.due(nowMs).flatMap((key) => {
      const change = this.#remove(Buffer.from(key, "latin1"), "expired");
      return change ? [change] : [];
    });
    if (changes.length > 0) this.#history.add({ revision: this.#history.head + 1, changes });
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

interface WritePlace {
  readonly revision: Revision;
  /** Which change of its commit. */
  readonly position: number;
  readonly nowMs: number;
}
