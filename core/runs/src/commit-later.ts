import type { Clock } from "@bedplate/clock";

/** After this long an execution is recorded as running, so that others can see and cancel it. */
export const recordAfterMs = 25;

/** A commit that is made only when the work before it takes its time. */
export interface LaterCommit<T> extends AsyncDisposable {
  /** Makes it no more; answers what came of it where it was made already. */
  settle(): Promise<T | undefined>;
}

/** Commits after `recordAfterMs` unless it is settled before: short work costs no second commit. */
export function commitLater<T>(clock: Clock, commit: () => Promise<T>): LaterCommit<T> {
  const waiting = new AbortController();
  const made = clock.sleep(recordAfterMs, { signal: waiting.signal }).then(commit, () => undefined);
  made.catch(() => {});
  const settle = () => {
    waiting.abort(settled);
    return made;
  };
  return { settle, [Symbol.asyncDispose]: async () => void (await settle().catch(() => {})) };
}

/** A reason of our own: without one, each abort makes an exception with its stack. */
const settled = "settled";
