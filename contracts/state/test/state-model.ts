import type { StateCheck } from "../src/index.ts";

/** Names that sort differently as text and as bytes, or that begin each other. */
export const names = ["a", "a/", "a/b", "b", "\u{1f600}"] as const;

/** How long idempotency keys are remembered. */
export const idempotencyMs = 1_000;

/** A change that a test wants; a name by its index, a value of one byte, null for a delete. */
export interface ModelOp {
  readonly key: number;
  readonly value: number | null;
  readonly ttlMs: number | null;
}

/** A commit that a test wants; whether its check holds depends on what happened before. */
export interface CommitAction {
  readonly kind: "commit";
  readonly ops: readonly ModelOp[];
  readonly check: { readonly key: number; readonly is: "absent" | "present" | "now" | "old" };
  readonly epoch: number | null;
  readonly idempotency: number | null;
}

/** What the model knows of an entry. */
export interface ModelEntry {
  readonly value: number;
  readonly version: string;
  readonly expiresAt: number | null;
}

/** One change as a watch shows it. */
export type ModelChange = readonly [name: string, value: number | null, cause: string];

/** The contract, as simply as it can be said. */
export class StateModel {
  readonly now: Map<string, ModelEntry> = new Map();
  readonly old: Map<string, string> = new Map();
  readonly log: (readonly ModelChange[])[] = [];
  readonly past: ReadonlyMap<string, ModelEntry>[] = [new Map()];
  readonly #remembered = new Map<
    number,
    { readonly request: string; readonly revision: number; readonly until: number }
  >();
  #epoch = 0;

  /** Ends what has expired, as one commit. */
  expire(nowMs: number): void {
    const over = [...this.now].filter(([, { expiresAt }]) => (expiresAt ?? nowMs + 1) <= nowMs);
    for (const [name, { version }] of over) {
      this.old.set(name, version);
      this.now.delete(name);
    }
    this.#record(over.map(([name]) => [name, null, "expired"]));
  }

  /** How a commit must end. */
  expected(action: CommitAction, nowMs: number): string {
    const { check, epoch, idempotency } = action;
    const first = idempotency === null ? undefined : this.#remembered.get(idempotency);
    if (first !== undefined && first.until > nowMs) {
      const isSame = first.request === this.#requestOf(action);
      return isSame ? `replayed ${first.revision}` : "idempotency.mismatch";
    }
    if (epoch !== null && epoch < this.#epoch) return "fence.stale";
    return this.#holds(check) ? "committed" : "version.mismatch";
  }

  checkOf({ key, is }: CommitAction["check"]): StateCheck<string> {
    const name = names[key] ?? "";
    if (is === "absent" || is === "present") return { key: name, is };
    const current = this.now.get(name)?.version ?? "none";
    return { key: name, is: { version: is === "now" ? current : (this.old.get(name) ?? current) } };
  }

  /** Does what the store said that it did. */
  commit(action: CommitAction, versions: readonly (string | null)[], nowMs: number): void {
    const request = this.#requestOf(action);
    const changes: ModelChange[] = [];
    for (const [index, { key, value, ttlMs }] of action.ops.entries()) {
      const name = names[key] ?? "";
      const before = this.now.get(name);
      if (value === null && before === undefined) continue;
      if (before !== undefined) this.old.set(name, before.version);
      const expiresAt = ttlMs === null ? null : nowMs + ttlMs;
      if (value === null) this.now.delete(name);
      else this.now.set(name, { value, version: versions[index] ?? "", expiresAt });
      changes.push([name, value, value === null ? "delete" : "put"]);
    }
    this.#record(changes);
    if (action.epoch !== null) this.#epoch = action.epoch;
    if (action.idempotency === null) return;
    const until = nowMs + idempotencyMs;
    this.#remembered.set(action.idempotency, { request, revision: this.log.length, until });
  }

  #record(changes: readonly ModelChange[]): void {
    if (changes.length === 0) return;
    this.log.push(changes);
    this.past.push(new Map(this.now));
  }

  #holds({ key, is }: CommitAction["check"]): boolean {
    const name = names[key] ?? "";
    const isThere = this.now.has(name);
    if (is === "absent") return !isThere;
    return is === "old" ? isThere && !this.old.has(name) : isThere;
  }

  /** The same action is the same request only while the version that it names is the same. */
  #requestOf({ ops, epoch, check }: CommitAction): string {
    return JSON.stringify([ops, epoch, this.checkOf(check)]);
  }
}
