import type {
  DriverCommit,
  DriverCommitAnswer,
  Revision,
  StateLimits,
  StateOp,
  Version,
} from "@bedplate/state";
import type { Draft } from "./draft.ts";
import {
  type AnswerRecord,
  type EndsRecord,
  type EntryRecord,
  type HistoryRecord,
  noEnds,
  versionOf,
} from "./record.ts";
import type { RecordKeys } from "./record-key.ts";

export interface CommitContext {
  readonly draft: Draft;
  readonly keys: RecordKeys;
  readonly limits: StateLimits;
  readonly nowMs: number;
}

/** Commits that are forgotten with one that is made: a shorter history is reached step by step. */
const forgottenMax = 100;

/**
 * Decides one commit over a draft. All is read before anything is written, so that a refusal or a
 * damaged record leaves no trace.
 */
export async function applyCommit(
  commit: DriverCommit,
  context: CommitContext,
): Promise<DriverCommitAnswer> {
  const refusal =
    (await repeated(commit, context)) ??
    (await staleFence(commit, context)) ??
    (await failedCheck(commit, context));
  if (refusal !== undefined) return refusal;
  const { draft, keys } = context;
  const [head, oldest] = (await draft.get<EndsRecord>(keys.ends)) ?? noEnds;
  const changes = await changesOf(commit.ops, { ...context, revision: head + 1 });
  if (changes.length > 0) write(changes, { ...context, revision: head + 1, oldest });
  if (commit.fence) draft.put(keys.fence(commit.fence.name), commit.fence.epoch);
  const revision = changes.length > 0 ? head + 1 : head;
  const versions = commit.ops.map((op, place) =>
    "put" in op ? versionOf([revision, place, op.value]) : null,
  );
  remember(commit, { ...context, revision, versions });
  return { kind: "committed", revision, versions, replayed: false };
}

async function repeated(
  { idempotency }: DriverCommit,
  { draft, keys, nowMs }: CommitContext,
): Promise<DriverCommitAnswer | undefined> {
  if (idempotency === undefined) return undefined;
  const found = await draft.get<AnswerRecord>(keys.answer(idempotency.key));
  if (found === undefined) return undefined;
  const [digest, forgottenAtMs, revision, versions] = found;
  if (forgottenAtMs <= nowMs) return undefined;
  if (digest !== idempotency.digest) return { kind: "key-reused", digest };
  return { kind: "committed", revision, versions, replayed: true };
}

async function staleFence(
  { fence }: DriverCommit,
  { draft, keys }: CommitContext,
): Promise<DriverCommitAnswer | undefined> {
  if (fence === undefined) return undefined;
  const seen = (await draft.get<number>(keys.fence(fence.name))) ?? 0;
  return fence.epoch < seen ? { kind: "fence-stale", seen } : undefined;
}

async function failedCheck(
  { checks }: DriverCommit,
  context: CommitContext,
): Promise<DriverCommitAnswer | undefined> {
  for (const [index, { key, is }] of checks.entries()) {
    const actual = await versionIn(context, key);
    const wanted = typeof is === "string" ? is : is.version;
    const holds =
      typeof is === "string" ? (is === "absent") === (actual === null) : wanted === actual;
    if (!holds) return { kind: "check-failed", index, actual };
  }
  return undefined;
}

async function versionIn({ draft, keys }: CommitContext, key: Uint8Array): Promise<Version | null> {
  const record = await draft.get<EntryRecord>(keys.entry(key));
  return record === undefined ? null : versionOf(record);
}

interface ChangeContext extends CommitContext {
  readonly revision: Revision;
}

/** What really changes: to delete what is absent does not. */
async function changesOf(
  ops: readonly StateOp<Uint8Array>[],
  context: ChangeContext,
): Promise<HistoryRecord> {
  const changes: HistoryRecord[number][] = [];
  for (const [place, op] of ops.entries()) {
    if ("put" in op) changes.push([op.put, [context.revision, place, op.value]]);
    else if ((await versionIn(context, op.delete)) !== null) changes.push([op.delete, null]);
  }
  return changes;
}

function write(
  changes: HistoryRecord,
  context: ChangeContext & { readonly oldest: Revision },
): void {
  const { draft, keys, limits, revision, oldest } = context;
  for (const [key, entry] of changes) {
    if (entry === null) draft.delete(keys.entry(key));
    else draft.put(keys.entry(key), entry);
  }
  draft.put(keys.history(revision), changes);
  const wanted = Math.max(oldest, revision - limits.historyCommitsMax);
  const reached = Math.min(wanted, oldest + forgottenMax);
  for (let i = oldest + 1; i <= reached; i++) draft.delete(keys.history(i));
  draft.put(keys.ends, [revision, reached]);
}

function remember(
  { idempotency }: DriverCommit,
  context: ChangeContext & { readonly versions: readonly (Version | null)[] },
): void {
  if (idempotency === undefined) return;
  const { draft, keys, limits, nowMs, revision, versions } = context;
  const forgottenAtMs = nowMs + limits.idempotencyMs;
  const answer: AnswerRecord = [idempotency.digest, forgottenAtMs, revision, versions];
  draft.put(keys.answer(idempotency.key), answer);
  draft.put(keys.expiry(forgottenAtMs, idempotency.key), idempotency.key);
}
