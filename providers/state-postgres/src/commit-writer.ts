import assert from "node:assert/strict";
import { GroupWriter } from "@bedplate/group-commit";
import { faultOfPostgres, type PostgresPool, type Transaction } from "@bedplate/postgres";
import type { DriverCommit, DriverCommitAnswer, Revision, StateLimits } from "@bedplate/state";
import { type DirectRow, directAnswers, directStatement, isDirect } from "./direct-commit.ts";
import { GroupEvaluation } from "./group-evaluation.ts";
import { readFacts } from "./group-facts.ts";
import { writeStatements } from "./group-writing.ts";

/** What the writers of all namespaces share. */
export interface CommitWriterOptions {
  readonly pool: PostgresPool;
  readonly limits: StateLimits;
  readonly groupMax: number;
  readonly nowMs: () => number | null;
  /** Called after a group that moved the beginning of the history. */
  readonly onTrim: (trim: { readonly id: number; readonly oldest: Revision }) => void;
}

/** An answer, or why there is none. */
type Ended = () => DriverCommitAnswer;

const op = "state.commit";

/** Where commits of several processes meet, the direct way mostly finds another head than it saw. */
const detoursAfterMiss = 4;

/** Commits to one namespace: those that come together share a transaction and its fsync. */
export class CommitWriter implements AsyncDisposable {
  readonly #namespace: string;
  readonly #options: CommitWriterOptions;
  readonly #group: GroupWriter<DriverCommit, Ended>;
  #id: number | undefined;
  /** Groups that go the longer way before the direct one is tried again. */
  #detours = 0;

  constructor(namespace: string, options: CommitWriterOptions) {
    this.#namespace = namespace;
    this.#options = options;
    const { groupMax } = options;
    this.#group = new GroupWriter((commits) => this.#commitAll(commits), { groupMax, op });
  }

  async submit(commit: DriverCommit): Promise<DriverCommitAnswer> {
    const ended = await this.#group.submit(commit);
    return ended();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#group[Symbol.asyncDispose]();
  }

  /** A part that fails takes no other with it. */
  async #commitAll(commits: readonly DriverCommit[]): Promise<readonly Ended[]> {
    const ended: Ended[] = [];
    for (const part of partsOf(commits, this.#options.limits.commitBytesMax)) {
      ended.push(...(await this.#commitPart(part)));
    }
    return ended;
  }

  async #commitPart(commits: readonly DriverCommit[]): Promise<readonly Ended[]> {
    try {
      const answers = await this.#commit(commits);
      return answers.map((answer) => () => answer);
    } catch (error) {
      const fail = () => {
        throw error;
      };
      return commits.map(() => fail);
    }
  }

  async #commit(commits: readonly DriverCommit[]): Promise<readonly DriverCommitAnswer[]> {
    const id = await this.#idOfNamespace();
    if (this.#detours > 0) this.#detours--;
    else if (isDirect(commits)) {
      const answers = await this.#commitDirectly(id, commits);
      if (answers !== undefined) return answers;
      this.#detours = detoursAfterMiss;
    }
    return await this.#commitByParts(id, commits);
  }

  /** One statement for all; undefined when it did nothing: a check fails, or others committed meanwhile. */
  async #commitDirectly(
    id: number,
    commits: readonly DriverCommit[],
  ): Promise<readonly DriverCommitAnswer[] | undefined> {
    const { pool, limits, nowMs, onTrim } = this.#options;
    const historyMax = limits.historyCommitsMax;
    const { values = [], ...statement } = directStatement(commits, {
      id,
      nowMs: nowMs(),
      historyMax,
    });
    const [row] = (await pool.write<DirectRow>(statement, values, { op })).rows;
    if (row === undefined) return undefined;
    if (row.oldest > row.oldest_before) onTrim({ id, oldest: row.oldest });
    return directAnswers(commits, row.before);
  }

  /** Reads under the namespace's lock, judges here, and writes what is left to do. */
  async #commitByParts(
    id: number,
    commits: readonly DriverCommit[],
  ): Promise<readonly DriverCommitAnswer[]> {
    const { answers, written, oldest } = await this.#options.pool.inTransaction(
      (within) => this.#evaluate(within, { id, commits }),
      { op },
    );
    // Where a statement failed, the engine made a rollback of the `COMMIT` behind it.
    await written.catch((error: unknown) => {
      throw faultOfPostgres(error, { op, lost: "none" });
    });
    if (oldest !== undefined) this.#options.onTrim({ id, oldest });
    return answers;
  }

  async #evaluate(
    within: Transaction,
    { id, commits }: { readonly id: number; readonly commits: readonly DriverCommit[] },
  ): Promise<Done> {
    const { limits, nowMs } = this.#options;
    const facts = await readFacts(within, { id, nowMs: nowMs() }, commits);
    const group = new GroupEvaluation(facts, limits);
    group.expire();
    const answers = commits.map((commit) => group.answer(commit));
    const oldest = oldestAfter(group.head, facts.oldest, limits);
    const statements = writeStatements(group, { id, oldest });
    // Not awaited: `COMMIT` travels right behind.
    const written = Promise.all(statements.map((each) => within.query(each, each.values)));
    written.catch(() => {});
    return { answers, written, ...(oldest > facts.oldest && { oldest }) };
  }

  async #idOfNamespace(): Promise<number> {
    if (this.#id !== undefined) return this.#id;
    // Harmless to repeat, so that a connection that breaks leaves no doubt.
    const rows = await this.#options.pool.read<{ readonly id: number }>(
      findOrAddNamespace,
      [this.#namespace],
      { op },
    );
    const [row] = rows;
    assert(row, "the statement returns a row");
    this.#id = row.id;
    return row.id;
  }
}

interface Done {
  readonly answers: readonly DriverCommitAnswer[];
  readonly written: Promise<unknown>;
  /** Where the history begins now, when that moved. */
  readonly oldest?: Revision | undefined;
}

/** Trims a quarter late, so that not every group moves the beginning. */
function oldestAfter(
  head: Revision,
  oldest: Revision,
  { historyCommitsMax }: StateLimits,
): Revision {
  return head - oldest >= historyCommitsMax * 1.25 ? head - historyCommitsMax : oldest;
}

/** Parts that are no longer than the longest commit, so that a group cannot fill the memory. */
function* partsOf(
  commits: readonly DriverCommit[],
  bytesMax: number,
): Generator<readonly DriverCommit[]> {
  let part: DriverCommit[] = [];
  let bytes = 0;
  for (const commit of commits) {
    const more = bytesOf(commit);
    if (part.length > 0 && bytes + more > bytesMax) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(commit);
    bytes += more;
  }
  yield part;
}

function bytesOf({ checks, ops }: DriverCommit): number {
  let bytes = 0;
  for (const { key } of checks) bytes += key.byteLength;
  for (const op of ops) {
    bytes += "put" in op ? op.put.byteLength + op.value.byteLength : op.delete.byteLength;
  }
  return bytes;
}

const findOrAddNamespace = {
  name: "state-namespace",
  text: `INSERT INTO state_namespaces (name) VALUES ($1)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id`,
};
