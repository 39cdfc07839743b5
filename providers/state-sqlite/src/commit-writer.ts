import type { DatabaseSync, StatementSync } from "node:sqlite";
import type {
  DriverCommit,
  DriverCommitAnswer,
  Revision,
  StateCheck,
  StateOp,
  Version,
} from "@bedplate/state";
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

type Committed = Extract<DriverCommitAnswer, { readonly kind: "committed" }>;

/** Applies commits, each completely or not at all, inside a transaction that its user opens. */
export class CommitWriter {
  readonly #limits: CommitWriterLimits;
  readonly #sql: Statements;

  constructor(database: DatabaseSync, limits: CommitWriterLimits) {
    this.#limits = limits;
    this.#sql = prepareStatements(database);
  }

  /** Looks at everything before it changes anything, so that a refusal leaves no trace. */
  apply({ namespace, commit, nowMs }: CommitWrite): DriverCommitAnswer {
    const space = this.#namespace(namespace);
    return this.#refusal(space, commit, nowMs) ?? this.#change(space, commit, nowMs);
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
      if (this.#applyOp(space, op, { revision: next, position })) position++;
      return "put" in op ? versionOf(next) : null;
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

  /** Answers whether the op changed anything. */
  #applyOp(
    space: NamespaceRow,
    op: StateOp<Uint8Array>,
    { revision, position }: { readonly revision: Revision; readonly position: number },
  ): boolean {
    if ("put" in op) {
      const crc = crcOf(op.put, op.value);
      this.#sql.put.run(space.id, op.put, op.value, revision, crc);
      this.#sql.log.run(space.id, revision, position, op.put, op.value, crc);
      return true;
    }
    if (this.#sql.delete.run(space.id, op.delete).changes === 0) return false;
    this.#sql.log.run(space.id, revision, position, op.delete, null, null);
    return true;
  }

  #advance(space: NamespaceRow, revision: Revision): void {
    // Trims a quarter late, so that not every commit deletes one.
    const { historyCommitsMax } = this.#limits;
    const isFull = revision - space.oldest >= historyCommitsMax * 1.25;
    const oldest = isFull ? revision - historyCommitsMax : space.oldest;
    if (isFull) this.#sql.trim.run(space.id, oldest);
    this.#sql.advance.run(revision, oldest, space.id);
  }

  #version(space: NamespaceRow, key: Uint8Array): Version | null {
    const revision = this.#sql.revision.get(space.id, key)?.["revision"];
    return typeof revision === "number" ? versionOf(revision) : null;
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

type Statements = Readonly<Record<keyof typeof texts, StatementSync>>;

const texts = {
  namespace: "SELECT id, head, oldest FROM namespace WHERE name = ?",
  addNamespace:
    "INSERT INTO namespace (name, head, oldest) VALUES (?, 0, 0) RETURNING id, head, oldest",
  advance: "UPDATE namespace SET head = ?, oldest = ? WHERE id = ?",
  revision: "SELECT revision FROM entry WHERE namespace = ? AND key = ?",
  put: `INSERT INTO entry (namespace, key, value, revision, crc) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, revision = excluded.revision, crc = excluded.crc`,
  delete: "DELETE FROM entry WHERE namespace = ? AND key = ?",
  log: "INSERT INTO change (namespace, revision, position, key, value, crc) VALUES (?, ?, ?, ?, ?, ?)",
  trim: "DELETE FROM change WHERE namespace = ? AND revision <= ?",
  fence: "SELECT epoch FROM fence WHERE namespace = ? AND name = ?",
  setFence: `INSERT INTO fence (namespace, name, epoch) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET epoch = excluded.epoch`,
  forget: "DELETE FROM remembered WHERE until <= ?",
  remembered: "SELECT digest, revision, versions FROM remembered WHERE namespace = ? AND key = ?",
  remember: `INSERT INTO remembered (namespace, key, digest, revision, versions, until)
    VALUES (?, ?, ?, ?, ?, ?)`,
} as const;

function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared) as Statements;
}
