import type { DatabaseSync } from "node:sqlite";
import type {
  DriverCommit,
  DriverCommitAnswer,
  Revision,
  StateCheck,
  StateOp,
  Version,
} from "@bedplate/state";
import { type CommitStatements, prepareCommit } from "./commit-statements.ts";
import { crcOf, versionOf } from "./entry-row.ts";

/** A commit on its way to the file. */
export interface CommitWrite {
  readonly namespace: string;
  readonly commit: DriverCommit;
  readonly nowMs: number;
}

/** What the writer keeps to. */
export interface CommitWriterLimits {
  readonly historyCommitsMax: number;
  readonly idempotencyMs: number;
}

interface NamespaceRow {
  readonly id: number;
  readonly head: Revision;
  readonly oldest: Revision;
}

/** Where a change stands in the history. */
interface ChangePlace {
  readonly revision: Revision;
  readonly position: number;
}

/** Most entries that end in one commit. */
const expiriesMax = 1_000;

type Committed = Extract<DriverCommitAnswer, { readonly kind: "committed" }>;

/** Applies commits, each completely or not at all, inside a transaction that its user opens. */
export class CommitWriter {
  readonly #limits: CommitWriterLimits;
  readonly #sql: CommitStatements;

  constructor(database: DatabaseSync, limits: CommitWriterLimits) {
    this.#limits = limits;
    this.#sql = prepareCommit(database);
  }

  /**
   * Ends what has expired, in commits of its own. Then looks at everything before it changes
   * anything, so that a refusal leaves no trace.
   */
  apply({ namespace, commit, nowMs }: CommitWrite): DriverCommitAnswer {
    const space = this.#expire(this.#namespace(namespace), nowMs);
    return this.#refusal(space, commit, nowMs) ?? this.#change(space, commit, nowMs);
  }

  #expire(space: NamespaceRow, nowMs: number): NamespaceRow {
    const due = this.#sql.due.all(space.id, nowMs, expiriesMax);
    if (due.length === 0) return space;
    const revision = space.head + 1;
    for (const [position, { key }] of due.entries()) {
      this.#end(space, key as Uint8Array, { cause: "expired", revision, position });
    }
    return this.#expire(this.#advance(space, revision), nowMs);
  }

  #refusal(
    space: NamespaceRow,
    commit: DriverCommit,
    nowMs: number,
  ): DriverCommitAnswer | undefined {
    const { idempotency, fence, checks } = commit;
    if (idempotency) {
      this.#sql.forget.run(nowMs);
      const first = this.#sql.remembered.get(space.id, idempotency.key);
      if (first) return repeated(first, idempotency.digest);
    }
    if (fence) {
      const seen = this.#sql.fence.get(space.id, fence.name)?.["epoch"];
      if (typeof seen === "number" && fence.epoch < seen) return { kind: "fence-stale", seen };
    }
    for (const [index, check] of checks.entries()) {
      const actual = this.#version(space, check.key);
      if (!holds(check, actual)) return { kind: "check-failed", index, actual };
    }
    return undefined;
  }

  #change(space: NamespaceRow, commit: DriverCommit, nowMs: number): Committed {
    const next = space.head + 1;
    let position = 0;
    const versions = commit.ops.map((op) => {
      const place = { revision: next, position };
      if (!("put" in op)) {
        if (this.#end(space, op.delete, { ...place, cause: "delete" })) position++;
        return null;
      }
      this.#put(space, op, { ...place, nowMs });
      position++;
      return versionOf(place.revision, place.position);
    });
    const revision = position > 0 ? next : space.head;
    if (position > 0) this.#advance(space, revision);
    const { fence, idempotency } = commit;
    if (fence) this.#sql.setFence.run(space.id, fence.name, fence.epoch);
    if (idempotency) {
      const { key, digest } = idempotency;
      const until = nowMs + this.#limits.idempotencyMs;
      this.#sql.remember.run(space.id, key, digest, revision, JSON.stringify(versions), until);
    }
    return { kind: "committed", revision, versions, replayed: false };
  }

  #put(
    space: NamespaceRow,
    op: Extract<StateOp<Uint8Array>, { readonly put: unknown }>,
    { nowMs, ...place }: ChangePlace & { readonly nowMs: number },
  ): void {
    const { put: key, value, ttlMs } = op;
    const expires = ttlMs === undefined ? null : nowMs + ttlMs;
    const row = { namespace: space.id, key, value, ...place, expires, crc: crcOf(key, value) };
    this.#sql.logPut.run(row);
    this.#sql.put.run(row);
  }

  /** Answers whether there was anything to end. */
  #end(
    space: NamespaceRow,
    key: Uint8Array,
    place: ChangePlace & { readonly cause: "delete" | "expired" },
  ): boolean {
    if (this.#sql.logEnd.run({ namespace: space.id, key, ...place }).changes === 0) return false;
    this.#sql.delete.run(space.id, key);
    return true;
  }

  #advance(space: NamespaceRow, head: Revision): NamespaceRow {
    // Trims a quarter late, so that not every commit deletes one.
    const { historyCommitsMax } = this.#limits;
    const isFull = head - space.oldest >= historyCommitsMax * 1.25;
    const oldest = isFull ? head - historyCommitsMax : space.oldest;
    if (isFull) this.#sql.trim.run(space.id, oldest);
    this.#sql.advance.run(head, oldest, space.id);
    return { ...space, head, oldest };
  }

  #version(space: NamespaceRow, key: Uint8Array): Version | null {
    const row = this.#sql.written.get(space.id, key);
    return row === undefined ? null : versionOf(Number(row["revision"]), Number(row["position"]));
  }

  #namespace(name: string): NamespaceRow {
    const row = this.#sql.namespace.get(name) ?? this.#sql.addNamespace.get(name);
    return row as unknown as NamespaceRow;
  }
}

function holds({ is }: StateCheck<Uint8Array>, actual: Version | null): boolean {
  if (is === "absent") return actual === null;
  if (is === "present") return actual !== null;
  return actual === is.version;
}

function repeated(first: Record<string, unknown>, digest: string): DriverCommitAnswer {
  const known = String(first["digest"]);
  if (known !== digest) return { kind: "key-reused", digest: known };
  const versions = JSON.parse(String(first["versions"]));
  return { kind: "committed", revision: Number(first["revision"]), versions, replayed: true };
}
