/** A point in the history of one namespace: each commit that changes something takes the next number. */
export type Revision = number;

/** Names one write of one key. Opaque: equal means the same write, and nothing else can be read off it. */
export type Version = string;

/** One key as it stands. */
export interface StateEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly version: Version;
  /** The commit that wrote it. */
  readonly revision: Revision;
  /** When it ends by itself, in milliseconds of the store's clock; absent when it stays. */
  readonly expiresAt?: number | undefined;
}

/** What must be so for a commit to happen. The key need not be written by the same commit. */
export interface StateCheck<K> {
  readonly key: K;
  readonly is: "absent" | "present" | { readonly version: Version };
}

/**
 * One change. Deleting what is absent is no change and no error. With `ttlMs` the entry ends so long
 * after the commit; a put without it stays.
 */
export type StateOp<K> =
  | { readonly put: K; readonly value: Uint8Array; readonly ttlMs?: number | undefined }
  | { readonly delete: K };

/** Refuses a commit whose epoch is lower than the highest one that was committed under this name. */
export interface StateFence {
  readonly name: string;
  readonly epoch: number;
}

/** What changed, as watchers see it: the whole commit or nothing. */
export interface StateCommit {
  readonly revision: Revision;
  readonly changes: readonly StateChange[];
}

/** One changed key; `entry` is null when it was deleted or expired. */
export interface StateChange {
  readonly key: Uint8Array;
  readonly entry: StateEntry | null;
  readonly cause: "put" | "delete" | "expired";
}

/** Exact bounds: the limit passes, one more is refused before the driver is called. */
export interface StateLimits {
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  /** Checks and changes of one commit, counted together. */
  readonly commitItemsMax: number;
  /** Keys and values of one commit, in bytes. */
  readonly commitBytesMax: number;
  readonly pageMax: number;
  /** How many commits a namespace remembers for watchers; older ones may be forgotten. */
  readonly historyCommitsMax: number;
  /** How long a commit's idempotency key is remembered. */
  readonly idempotencyMs: number;
}

/** What a driver promises beyond the contract's laws; what is absent is refused. */
export interface StateCapabilities {
  /** An acknowledged commit survives the death of the process. */
  readonly durable: boolean;
  /** Entries may end by themselves, at the millisecond, up to so long after their commit. */
  readonly ttl?: { readonly ttlMsMax: number } | undefined;
  /** Reads at an earlier revision, as far back as the history goes. */
  readonly snapshotReads?: true | undefined;
}

/** A commit as drivers get it: checked, copied, keys as bytes. */
export interface DriverCommit {
  readonly checks: readonly StateCheck<Uint8Array>[];
  readonly ops: readonly StateOp<Uint8Array>[];
  readonly fence?: StateFence | undefined;
  /** Makes a repeat harmless: same key and digest answer as the first time did. */
  readonly idempotency?: { readonly key: string; readonly digest: string } | undefined;
}

/** Why a commit happened or did not; the caller class makes faults of the refusals. */
export type DriverCommitAnswer =
  | {
      readonly kind: "committed";
      readonly revision: Revision;
      /** One per op; null for a delete. */
      readonly versions: readonly (Version | null)[];
      readonly replayed: boolean;
    }
  | { readonly kind: "check-failed"; readonly index: number; readonly actual: Version | null }
  | { readonly kind: "fence-stale"; readonly seen: number }
  | { readonly kind: "key-reused"; readonly digest: string };

/** Keys to read together; with `at`, as they were after that revision. */
export interface DriverKeys {
  readonly keys: readonly Uint8Array[];
  readonly at?: Revision | undefined;
}

/** Keys from `start` to before `end`, in byte order; no `end` means to the last key. */
export interface DriverRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array | null;
  readonly reverse: boolean;
  readonly limit: number;
  readonly at?: Revision | undefined;
}

/** What was read, and the ends of the history at the same instant. */
export interface DriverRead<Entries> {
  /** Anything, when `at` is before `oldest` or after `revision`: the caller type refuses then. */
  readonly entries: Entries;
  /** The head. */
  readonly revision: Revision;
  /** The oldest revision that one can read at, or watch after. */
  readonly oldest: Revision;
}

/** Part of the history, and its ends at the same instant. */
export interface DriverHistory {
  readonly commits: readonly StateCommit[];
  readonly revision: Revision;
  readonly oldest: Revision;
}

/**
 * What a technology implements to store state. `StateStore` has checked every argument, and turns
 * every answer into what callers see. All methods may be called at once, by many processes. An entry
 * that has expired is absent for every method at that instant.
 */
export interface StateDriver extends AsyncDisposable {
  readonly limits: StateLimits;
  readonly capabilities: StateCapabilities;
  /** Entries in the order of the keys, all of one instant. */
  getMany(namespace: string, keys: DriverKeys): Promise<DriverRead<readonly (StateEntry | null)[]>>;
  list(namespace: string, range: DriverRange): Promise<DriverRead<readonly StateEntry[]>>;
  /**
   * All checks hold and all changes happen, at one point in time, or nothing happens. Looks first at
   * the idempotency key, then at the fence, then at the checks. Throws `provider.indeterminate` when
   * contact broke after the commit was sent.
   */
  commit(namespace: string, commit: DriverCommit): Promise<DriverCommitAnswer>;
  head(namespace: string): Promise<Revision>;
  /**
   * At most `limit` commits after a revision, in order, without gaps: a revision that is not settled
   * yet hides the later ones. `commits` is empty when `after` is older than `oldest`. What has
   * expired by now is part of it: a commit of its own, with the cause `expired`.
   */
  history(
    namespace: string,
    from: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory>;
  /** Calls back after commits of this process. May miss some; watchers poll as well. */
  onCommit(namespace: string, listener: () => void): Disposable;
}
