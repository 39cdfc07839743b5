import { type Clock, untilAborted } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { Bell } from "./bell.ts";
import { compacted } from "./history-faults.ts";
import type { Revision, StateChange, StateCommit, StateDriver } from "./state-driver.ts";
import { encodeBound, type StateKey } from "./state-key.ts";

/** Where a watch begins, and what it shows. */
export interface WatchRequest {
  /** The last revision that the watcher has; 0 for the whole history. */
  readonly after: Revision;
  /** Shows only changes of keys with this prefix, and only commits that have such changes. */
  readonly prefix?: StateKey | undefined;
  /**
   * Yields a commit without changes when nothing was shown for so long: all up to its revision was.
   * Default: never.
   */
  readonly progressMs?: number | undefined;
}

interface WatchContext {
  readonly driver: StateDriver;
  readonly namespace: string;
  readonly clock: Clock;
  readonly watchPollMs: number;
  readonly closing: AbortController;
  readonly signal?: AbortSignal | undefined;
}

/** Commits read from the driver at a time. */
const batchMax = 128;

/** Pulls the history on: no buffer that a slow consumer could overflow, no commit skipped. */
export async function* watchHistory(
  request: WatchRequest,
  context: WatchContext,
): AsyncGenerator<StateCommit, void, void> {
  const { driver, namespace, clock, closing } = context;
  const signal = context.signal
    ? AbortSignal.any([context.signal, closing.signal])
    : closing.signal;
  const prefix = encodeBound(request.prefix ?? "");
  const progressMs = checkedProgress(request.progressMs);
  const bell = new Bell();
  using _listening = driver.onCommit(namespace, () => bell.ring());
  let after = checkedAfter(request.after);
  let shownMs = clock.monotonic();
  for (;;) {
    signal.throwIfAborted();
    bell.reset();
    const read = driver.history(namespace, { after, limit: batchMax });
    const { commits, oldest, revision: head } = await untilAborted(read, signal);
    // A later revision than the head is of a history that is no more, after a restore for example.
    if (after < oldest || after > head) {
      throw compacted({ op: "state.watch", namespace, revision: after, oldest, head });
    }
    for (const commit of commits) {
      checkNext(commit.revision, after);
      after = commit.revision;
      const changes = commit.changes.filter(({ key }) => startsWith(key, prefix));
      if (changes.length > 0) yield { revision: commit.revision, changes };
      if (changes.length > 0) shownMs = clock.monotonic();
      signal.throwIfAborted();
    }
    if (after < head) {
      if (commits.length === 0) checkNext(head + 1, after);
      continue;
    }
    const idleMs = clock.monotonic() - shownMs;
    if (idleMs >= progressMs) {
      yield { revision: after, changes: [] };
      shownMs = clock.monotonic();
      continue;
    }
    await bell.wait(clock, Math.min(context.watchPollMs, progressMs - idleMs), signal);
  }
}

/** Revisions have no gaps, so a driver that skips a commit or shows one twice is noticed here. */
function checkNext(revision: Revision, after: Revision): void {
  if (revision === after + 1) return;
  throw raise("internal.bug", {
    op: "state.watch",
    detail: { where: "history" },
    message: `Cannot watch: the driver showed revision ${revision} after ${after}`,
    blame: "provider",
    effect: "none",
  });
}

function checkedProgress(progressMs = Number.POSITIVE_INFINITY): number {
  if (progressMs >= 1) return progressMs;
  throw refuse("/progressMs", "must be a number from 1");
}

function startsWith(key: StateChange["key"], prefix: Uint8Array): boolean {
  return Buffer.compare(key.subarray(0, prefix.byteLength), prefix) === 0;
}

function checkedAfter(after: Revision): Revision {
  if (Number.isSafeInteger(after) && after >= 0) return after;
  throw refuse("/after", "must be a whole number from 0");
}

function refuse(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "state.watch",
    detail: { path, rule },
    message: `Cannot watch: ${path} ${rule}`,
  });
}
