import type {
  DriverCommit,
  DriverCommitAnswer,
  Revision,
  StateCheck,
  StateLimits,
  StateOp,
  Version,
} from "@bedplate/state";
import { textOf, versionOf } from "./entry-row.ts";
import type { GroupFacts, RememberedAnswer } from "./group-facts.ts";

/** What a key holds while a group is evaluated. */
export interface WrittenEntry {
  readonly revision: Revision;
  readonly position: number;
  readonly expires: number | null;
  /** Only of entries that this group wrote: the table does not have them yet. */
  readonly value?: Uint8Array | undefined;
}

/** One row of the history. */
export interface WrittenChange {
  readonly revision: Revision;
  readonly position: number;
  readonly key: Uint8Array;
  readonly cause: "put" | "delete" | "expired";
  readonly value: Uint8Array | null;
  readonly expires: number | null;
  /** What an earlier commit of the group left; undefined when the table knows it. */
  readonly old: WrittenEntry | null | undefined;
}

/**
 * Answers the commits of a group one after the other, each looking at what the ones before it did,
 * from what was read under the namespace's lock. Nothing is written here.
 */
export class GroupEvaluation {
  readonly changes: WrittenChange[] = [];
  /** What changed, by the text of its key; null for a key that ended. */
  readonly entries: Map<string, WrittenEntry | null> = new Map();
  readonly fences: Map<string, number> = new Map();
  readonly remembered: Map<string, RememberedAnswer> = new Map();
  readonly #facts: GroupFacts;
  readonly #limits: StateLimits;
  #head: Revision;

  constructor(facts: GroupFacts, limits: StateLimits) {
    this.#facts = facts;
    this.#limits = limits;
    this.#head = facts.head;
  }

  get head(): Revision {
    return this.#head;
  }

  /** Ends what has expired, in a commit of its own. */
  expire(): void {
    const revision = this.#head + 1;
    for (const [position, key] of this.#facts.due.entries()) {
      this.#end(key, { revision, position, cause: "expired" });
    }
    if (this.#facts.due.length > 0) this.#head = revision;
  }

  /** Looks at everything before it changes anything, so that a refusal leaves no trace. */
  answer(commit: DriverCommit): DriverCommitAnswer {
    return this.#refusal(commit) ?? this.#change(commit);
  }

  #refusal({ idempotency, fence, checks }: DriverCommit): DriverCommitAnswer | undefined {
    const first = idempotency && this.#answered(idempotency.key);
    if (first && first.digest !== idempotency?.digest) {
      return { kind: "key-reused", digest: first.digest };
    }
    if (first) {
      const { revision, versions } = first;
      return { kind: "committed", revision, versions, replayed: true };
    }
    const seen = fence && (this.fences.get(fence.name) ?? this.#facts.fences.get(fence.name));
    if (fence && seen !== undefined && fence.epoch < seen) return { kind: "fence-stale", seen };
    for (const [index, check] of checks.entries()) {
      const actual = this.#version(check.key);
      if (!holds(check, actual)) return { kind: "check-failed", index, actual };
    }
    return undefined;
  }

  #change({ ops, fence, idempotency }: DriverCommit): DriverCommitAnswer {
    const revision = this.#head + 1;
    let position = 0;
    const versions = ops.map((op) => {
      const place = { revision, position };
      if (this.#apply(op, place)) position++;
      return "put" in op ? versionOf(place.revision, place.position) : null;
    });
    if (position > 0) this.#head = revision;
    if (fence) this.fences.set(fence.name, fence.epoch);
    if (idempotency) {
      const { key, digest } = idempotency;
      const until = this.#facts.nowMs + this.#limits.idempotencyMs;
      this.remembered.set(key, { digest, revision: this.#head, versions, until });
    }
    return { kind: "committed", revision: this.#head, versions, replayed: false };
  }

  /** Answers whether the op changed anything. */
  #apply(op: StateOp<Uint8Array>, place: ChangePlace): boolean {
    if (!("put" in op)) return this.#end(op.delete, { ...place, cause: "delete" });
    const { put: key, value, ttlMs } = op;
    const expires = ttlMs === undefined ? null : this.#facts.nowMs + ttlMs;
    const text = textOf(key);
    const old = this.entries.get(text);
    this.changes.push({ ...place, key, cause: "put", value, expires, old });
    this.entries.set(text, { ...place, expires, value });
    return true;
  }

  #end(key: Uint8Array, place: ChangePlace & { readonly cause: "delete" | "expired" }): boolean {
    const text = textOf(key);
    const old = this.entries.get(text);
    const isThere = old === undefined ? this.#facts.entries.has(text) : old !== null;
    if (!isThere && place.cause === "delete") return false;
    this.changes.push({ ...place, key, value: null, expires: null, old });
    this.entries.set(text, null);
    return true;
  }

  #version(key: Uint8Array): Version | null {
    const text = textOf(key);
    const own = this.entries.get(text);
    const entry = own === undefined ? this.#facts.entries.get(text) : own;
    return entry ? versionOf(entry.revision, entry.position) : null;
  }

  #answered(key: string): RememberedAnswer | undefined {
    const first = this.remembered.get(key) ?? this.#facts.remembered.get(key);
    return first !== undefined && first.until > this.#facts.nowMs ? first : undefined;
  }
}

interface ChangePlace {
  readonly revision: Revision;
  readonly position: number;
}

function holds({ is }: StateCheck<Uint8Array>, actual: Version | null): boolean {
  if (is === "absent") return actual === null;
  if (is === "present") return actual !== null;
  return actual === is.version;
}
