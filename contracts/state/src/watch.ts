import { type Clock, untilAborted } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { Revision, StateChange, StateCommit, StateDriver } from "./state-driver.ts";
import { encodeBound, type StateKey } from "./state-key.ts";

/** Where a watch begins, and what it shows. */
export interface WatchRequest {
  /** The last revision that the watcher has; 0 for the whole history. */
  readonly after: Revision;
  /** Shows only changes of keys with this prefix, and only commits that have such changes. */
  readonly prefix?: StateKey | undefined;
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
const batchMax = 256;

/** Pulls the history on: no buffer that a slow consumer could overflow, no commit skipped. */
export async function* watchHistory(
  request: WatchRequest,
  context: WatchContext,
): AsyncGenerator<StateCommit, void, void> {
  const { driver, namespace, closing } = context;
  const signal = context.signal
    ? AbortSignal.any([context.signal, closing.signal])
    : closing.signal;
  const prefix = encodeBound(request.prefix ?? "");
  const bell = new Bell();
  using _listening = driver.onCommit(namespace, () => bell.ring());
  let after = checkedAfter(request.after);
  for (;;) {
    signal.throwIfAborted();
    bell.reset();
    const { commits, oldest } = await untilAborted(
      driver.history(namespace, { after, limit: batchMax }),
      signal,
    );
    if (after < oldest) throw forgotten(namespace, { after, oldest });
    for (const commit of commits) {
      after = commit.revision;
      const changes = commit.changes.filter(({ key }) => startsWith(key, prefix));
      if (changes.length > 0) yield { revision: commit.revision, changes };
      signal.throwIfAborted();
    }
    if (commits.length < batchMax) await bell.wait(context.clock, context.watchPollMs, signal);
  }
}

/** Wakes a waiter early; rings that come while nobody waits count for the next wait. */
class Bell {
  #ringing = Promise.withResolvers<void>();

  ring(): void {
    this.#ringing.resolve();
  }

  reset(): void {
    this.#ringing = Promise.withResolvers<void>();
  }

  async wait(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const slept = clock.sleep(timeoutMs, { signal: done.signal }).catch(() => {});
    try {
      await untilAborted(Promise.race([this.#ringing.promise, slept]), signal);
    } finally {
      done.abort();
    }
  }
}

function startsWith(key: StateChange["key"], prefix: Uint8Array): boolean {
  return Buffer.compare(key.subarray(0, prefix.byteLength), prefix) === 0;
}

function checkedAfter(after: Revision): Revision {
  if (Number.isSafeInteger(after) && after >= 0) return after;
  const rule = "must be a whole number from 0";
  throw raise("argument.invalid", {
    op: "state.watch",
    detail: { path: "/after", rule },
    message: `Cannot watch: /after ${rule}`,
  });
}

interface Gap {
  readonly after: Revision;
  readonly oldest: Revision;
}

function forgotten(namespace: string, { after, oldest }: Gap): Error {
  return raise("resource.missing", {
    op: "state.watch",
    subject: namespace,
    detail: { type: "state-history", id: String(after) },
    retry: "refresh",
    message: `Cannot watch after revision ${after}: the history begins after ${oldest}`,
  });
}
