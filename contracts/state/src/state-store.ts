import { type Clock, systemClock, systemRandom, untilAborted } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { recordSeconds, withSpan } from "@bedplate/telemetry";
import { refusalOf } from "./commit-refusal.ts";
import { type CommitRequest, encodeCommit } from "./commit-request.ts";
import { cursorAfter, type ListRequest, planListing } from "./list-request.ts";
import { type ReadMoment, readAt } from "./reading.ts";
import type {
  DriverRead,
  Revision,
  StateCapabilities,
  StateCommit,
  StateDriver,
  StateEntry,
  StateLimits,
  Version,
} from "./state-driver.ts";
import { encodeKey, type StateKey } from "./state-key.ts";
import { type WatchRequest, watchHistory } from "./watch.ts";

/** Every method takes it; abort means that the caller stops waiting, not that nothing happens. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** How a read waits, and which moment it is of. */
export interface Reading extends Waiting, ReadMoment {}

/** What a commit did. */
export interface CommitResult {
  /** The commit's revision, or the head when nothing changed. */
  readonly revision: Revision;
  /** One per op; null for a delete. */
  readonly versions: readonly (Version | null)[];
  /** True when an earlier commit with the same idempotency key did it. */
  readonly replayed: boolean;
}

/** Part of a listing; `next` is there when more may follow. */
export interface StatePage {
  readonly entries: readonly StateEntry[];
  readonly next?: string | undefined;
  /** The head when the page was read. */
  readonly revision: Revision;
}

/** How a store is bound. */
export interface StateStoreOptions {
  /** Which history to use; namespaces share nothing. Default: `default`. */
  readonly namespace?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Seals list cursors; replicas must share it. Default: chance, so cursors end with the process. */
  readonly cursorSecret?: Uint8Array | undefined;
  /** How often those who wait look for commits of other processes. Default: 250. */
  readonly watchPollMs?: number | undefined;
}

interface Shared {
  readonly driver: StateDriver;
  readonly clock: Clock;
  readonly cursorSecret: Uint8Array;
  readonly watchPollMs: number;
  readonly closing: AbortController;
}

const namespacePattern = /^[a-z0-9][a-z0-9._/-]{0,127}$/;

/**
 * Versioned keys and values with atomic commits, over one driver and in one namespace. Reads see
 * every commit that was acknowledged before they began, from any process.
 */
export class StateStore implements AsyncDisposable {
  readonly namespace: string;
  #shared: Shared;

  constructor(driver: StateDriver, options: StateStoreOptions = {}) {
    this.namespace = checkedNamespace(options.namespace ?? "default");
    this.#shared = {
      driver,
      clock: options.clock ?? systemClock,
      cursorSecret: options.cursorSecret ?? systemRandom.bytes(32),
      watchPollMs: options.watchPollMs ?? 250,
      closing: new AbortController(),
    };
  }

  get limits(): StateLimits {
    return this.#shared.driver.limits;
  }

  get capabilities(): StateCapabilities {
    return this.#shared.driver.capabilities;
  }

  /** Another namespace of the same driver; closing either closes both. */
  in(namespace: string): StateStore {
    const sibling = new StateStore(this.#shared.driver, { namespace });
    sibling.#shared = this.#shared;
    return sibling;
  }

  /** The entry of a key; null when it is absent. */
  async get(key: StateKey, options: Reading = {}): Promise<StateEntry | null> {
    const [entry] = await this.getMany([key], options);
    return entry ?? null;
  }

  /** The entries of some keys in their order, all of one instant. */
  getMany(
    keys: readonly StateKey[],
    options: Reading = {},
  ): Promise<readonly (StateEntry | null)[]> {
    return this.#operate("get", options, async (driver) => {
      if (keys.length > driver.limits.commitItemsMax) {
        throw refuse("get", "/keys", `are more than ${driver.limits.commitItemsMax}`);
      }
      const encoded = keys.map((key, index) =>
        encodeKey(key, { path: `/keys/${index}`, limits: driver.limits }),
      );
      const asked = { keys: encoded, ...(options.at !== undefined && { at: options.at }) };
      const read = () => driver.getMany(this.namespace, asked);
      return (await this.#readAt("get", options, read)).entries;
    });
  }

  /** One page of keys in byte order. */
  list(request: ListRequest = {}, options: Omit<Reading, "at"> = {}): Promise<StatePage> {
    return this.#operate("list", options, async (driver) => {
      const { cursorSecret: secret } = this.#shared;
      const { namespace } = this;
      const listing = planListing(request, { namespace, secret, limits: driver.limits });
      const moment = { ...options, at: request.at };
      const read = () => driver.list(namespace, listing.range);
      const { entries, revision } = await this.#readAt("list", moment, read);
      const next = cursorAfter(entries, listing);
      return { entries, revision, ...(next !== undefined && { next }) };
    });
  }

  /** Every entry of a listing, page by page; keys that stay are yielded exactly once. */
  async *listAll(
    request: Omit<ListRequest, "cursor"> = {},
    options: Omit<Reading, "at"> = {},
  ): AsyncGenerator<StateEntry, void, void> {
    let cursor: string | undefined;
    do {
      const page = await this.list({ ...request, cursor }, options);
      yield* page.entries;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /**
   * Does all of it at one point in time, or nothing. Throws `version.mismatch` when a check fails
   * (with what is so now), `fence.stale`, `idempotency.mismatch` and `argument.invalid`. After
   * `provider.indeterminate` or an abort nobody knows; the same idempotency key settles it.
   */
  commit(request: CommitRequest, options: Waiting = {}): Promise<CommitResult> {
    return this.#operate("commit", options, async (driver) => {
      const commit = encodeCommit(request, driver);
      const answer = await driver.commit(this.namespace, commit);
      if (answer.kind !== "committed") throw refusalOf(answer, commit, this.namespace);
      const { revision, versions, replayed } = answer;
      return { revision, versions, replayed };
    });
  }

  /** The revision of the last commit; 0 before the first. */
  head(options: Waiting = {}): Promise<Revision> {
    return this.#operate("head", options, (driver) => driver.head(this.namespace));
  }

  /**
   * Every commit after a revision, once, in order and whole; goes on until the signal aborts.
   * Throws `watch.compacted` when a commit that it owes was forgotten.
   */
  watch(request: WatchRequest, options: Waiting = {}): AsyncGenerator<StateCommit, void, void> {
    const { driver, clock, watchPollMs, closing } = this.#shared;
    const { namespace } = this;
    return watchHistory(request, { driver, namespace, clock, watchPollMs, closing, ...options });
  }

  /** Ends every watch, refuses what comes, and closes the driver once. */
  async close(): Promise<void> {
    const { closing, driver } = this.#shared;
    if (closing.signal.aborted) return;
    closing.abort(closedFault("state.watch"));
    await driver[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #readAt<Entries>(
    verb: "get" | "list",
    options: Reading,
    read: () => Promise<DriverRead<Entries>>,
  ): Promise<DriverRead<Entries>> {
    const { driver, clock, watchPollMs: pollMs, closing } = this.#shared;
    const { namespace } = this;
    const signals = options.signal ? [options.signal, closing.signal] : [closing.signal];
    const op = `state.${verb}`;
    return readAt(read, options, { driver, namespace, clock, pollMs, signals, op });
  }

  async #operate<T>(
    verb: string,
    { signal }: Waiting,
    work: (driver: StateDriver) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const { driver, clock, closing } = this.#shared;
    if (closing.signal.aborted) throw closedFault(`state.${verb}`);
    const startedMs = clock.monotonic();
    try {
      return await withSpan(`state.${verb}`, { "bedplate.state.namespace": this.namespace }, () =>
        untilAborted(work(driver), signal),
      );
    } finally {
      recordSeconds(`bedplate_state_${verb}_seconds`, (clock.monotonic() - startedMs) / 1000, {});
    }
  }
}

function checkedNamespace(namespace: string): string {
  if (namespacePattern.test(namespace)) return namespace;
  throw refuse("open", "/namespace", `must match ${namespacePattern.source}`);
}

function closedFault(op: string): Error {
  return raise("resource.closed", {
    op,
    detail: { type: "state-store" },
    message: "Cannot use the state store: it is closed",
  });
}

function refuse(verb: string, path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: `state.${verb}`,
    detail: { path, rule },
    message: `Cannot ${verb} state: ${path} ${rule}`,
  });
}
