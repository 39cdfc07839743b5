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
}

/** What the writer keeps to. */
export interface CommitWriterLimits {
  readonly historyCommitsMax: number;
  readonly idempotencyMs: number;
}

/** A namespace while a group is applied: nobody else can change it meanwhile. */
interface Space {
  readonly id: number;
  readonly nowMs: number;
  readonly oldest: Revision;
  /** Written once, with the last commit of the group. */
  head: Revision;
  readonly headBefore: Revision;
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

  /** Applies the commits of a group, one after the other, at one time. */
  apply(writes: readonly CommitWrite[], nowMs: number): readonly DriverCommitAnswer[] {
    const spaces = new Map<string, Space>();
    const answers = writes.map(({ namespace, commit }) => {
      const space = spaces.get(namespace) ?? this.#open(namespace, nowMs);
      spaces.set(namespace, space);
      return this.#refusal(space, commit) ?? this.#change(space, commit);
    });
    for (const space of spaces.values()) this.#advance(space);
    return answers;
  }

  #open(name: string, nowMs: number): Space {
    const row = this.#sql.namespace.get(name) ?? this.#sql.addNamespace.get(name);
    const { id, head, oldest } = row as { id: number; head: number; oldest: number };
    const space = { id, head, oldest, nowMs, headBefore: head };
    this.#expire(space);
    return space;
  }

  /** Ends what has expired, in commits of its own. */
  #expire(space: Space): void {
    for (;;) {
      const due = this.#sql.due.all(space.id, space.nowMs, expiriesMax);
      if (due.length === 0) return;
      const revision = space.head + 1;
      for (const [position, { key }] of due.entries()) {
        this.#end(space, key as Uint8Array, { cause: "expired", revision, position });
      }
      space.head = revision;
    }
  }

  /** Looks at everything before anything is changed, so that a refusal leaves no trace. */
  #refusal(
    space: Space,
    { idempotency, fence, checks }: DriverCommit,
  ): DriverCommitAnswer | undefined {
    if (idempotency) {
      this.#sql.forget.run(space.nowMs);
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

  #change(space: Space, commit: DriverCommit): Committed {
    const next = space.head + 1;
    let position = 0;
    const versions = commit.ops.map((op) => {
      const place = { revision: next, position };
      if (!("put" in op)) {
        if (this.#end(space, op.delete, { ...place, cause: "delete" })) position++;
        return null;
      }
      this.#put(space, op, place);
      position++;
      return versionOf(place.revision, place.position);
    });
    if (position > 0) space.head = next;
    const revision = space.head;
    const { fence, idempotency } = commit;
    if (fence) this.#sql.setFence.run(space.id, fence.name, fence.epoch);
    if (idempotency) {
      const { key, digest } = idempotency;
      const until = space.nowMs + this.#limits.idempotencyMs;
      this.#sql.remember.run(space.id, key, digest, revision, JSON.stringify(versions), until);
    }
    return { kind: "committed", revision, versions, replayed: false };
  }

  #put(
    space: Space,
    op: Extract<StateOp<Uint8Array>, { readonly put: unknown }>,
    place: ChangePlace,
  ): void {
    const { put: key, value, ttlMs } = op;
    const expires = ttlMs === undefined ? null : space.nowMs + ttlMs;
    const row = { namespace: space.id, key, value, ...place, expires, crc: crcOf(key, value) };
    this.#sql.logPut.run(row);
    this.#sql.put.run(row);
  }

  /** Answers whether there was anything to end. */
  #end(
    space: Space,
    key: Uint8Array,
    place: ChangePlace & { readonly cause: "delete" | "expired" },
  ): boolean {
    if (this.#sql.logEnd.run({ namespace: space.id, key, ...place }).changes === 0) return false;
    this.#sql.delete.run(space.id, key);
    return true;
  }

  #advance({ id, head, headBefore, oldest: oldestBefore }: Space): void {
    if (head === headBefore) return;
    // Trims a quarter late, so that not every group deletes some.
    const { historyCommitsMax } = this.#limits;
    const isFull = head - oldestBefore >= historyCommitsMax * 1.25;
    const oldest = isFull ? head - historyCommitsMax : oldestBefore;
    if (isFull) this.#sql.trim.run(id, oldest);
    this.#sql.advance.run(head, oldest, id);
  }

  #version(space: Space, key: Uint8Array): Version | null {
    const row = this.#sql.written.get(space.id, key);
    return row === undefined ? null : versionOf(Number(row["revision"]), Number(row["position"]));
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
