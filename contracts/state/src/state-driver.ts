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
}

/** What must be so for a commit to happen. The key need not be written by the same commit. */
export interface StateCheck<K> {
  readonly key: K;
  readonly is: "absent" | "present" | { readonly version: Version };
}

/** One change. Deleting what is absent is no change and no error. */
export type StateOp<K> = { readonly put: K; readonly value: Uint8Array } | { readonly delete: K };

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

/** One changed key; `entry` is null when it was deleted. */
export interface StateChange {
  readonly key: Uint8Array;
  readonly entry: StateEntry | null;
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

/** What a driver promises beyond the contract's laws. */
export interface StateCapabilities {
  /** An acknowledged commit survives the death of the process. */
  readonly durable: boolean;
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

/** Keys from `start` to before `end`, in byte order; no `end` means to the last key. */
export interface DriverRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array | null;
  readonly reverse: boolean;
  readonly limit: number;
}

/** Part of the history: commits after a revision, and the oldest revision one can still start after. */
export interface DriverHistory {
  readonly commits: readonly StateCommit[];
  readonly oldest: Revision;
}

/**
 * What a technology implements to store state. `StateStore` has checked every argument, and turns
 * every answer into what callers see. All methods may be called at once, by many processes.
 */
export interface StateDriver extends AsyncDisposable {
  readonly limits: StateLimits;
  readonly capabilities: StateCapabilities;
  /** Entries in the order of the keys, all of one instant. */
  getMany(namespace: string, keys: readonly Uint8Array[]): Promise<readonly (StateEntry | null)[]>;
  list(
    namespace: string,
    range: DriverRange,
  ): Promise<{ readonly entries: readonly StateEntry[]; readonly revision: Revision }>;
  /** All checks hold and all changes happen, at one point in time, or nothing happens. */
  commit(namespace: string, commit: DriverCommit): Promise<DriverCommitAnswer>;
  head(namespace: string): Promise<Revision>;
  /**
   * Commits after a revision, in order, without gaps: a revision that is not settled yet hides the
   * later ones. `commits` is empty when `after` is older than `oldest`.
   */
  history(
    namespace: string,
    from: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory>;
  /** Calls back after commits of this process. May miss some; watchers poll as well. */
  onCommit(namespace: string, listener: () => void): Disposable;
}
