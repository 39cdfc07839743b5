/** Names one write of one key. Opaque: equal means the same write, and nothing else can be read off it. */
export type Version = string;

/** What a cache still knows of a key. */
export interface CacheHit {
  /** Null when it is recorded that there is nothing to cache: a negative hit. */
  readonly value: Uint8Array | null;
  readonly version: Version;
  /** How long ago it was written, by the cache's clock. */
  readonly ageMs: number;
  /** True after its time to live, while it may still be shown to those who ask for it. */
  readonly isStale: boolean;
}

/** What a driver finds under a key. Damaged bytes are a miss that the caller type counts. */
export type CacheFinding = CacheHit | "corrupt" | null;

/**
 * What must be so for a write to happen. An entry that has expired, is stale or lost a tag is
 * absent. A claim holds until its time is over, or its key or one of its tags is written or dropped.
 */
export type CacheCondition = "absent" | { readonly version: Version } | { readonly claim: string };

/** One write as drivers get it: checked and copied. */
export interface DriverItem {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly ttlMs: number;
  /** How long after its time to live the entry may be shown as stale; 0 for not at all. */
  readonly staleMs: number;
  /** Without doubles. Empty under a claim: the tags of the claim count. */
  readonly tags: readonly string[];
  readonly if?: CacheCondition | undefined;
}

/** How one write went. `actual` is the version that is there, null for none. */
export type DriverSetAnswer =
  | { readonly kind: "stored"; readonly version: Version }
  | { readonly kind: "refused"; readonly actual: Version | null };

/** One change of a counter. */
export interface DriverCount {
  readonly by: number;
  /** Counts from the change that made the counter; later changes leave it alone. */
  readonly ttlMs: number;
  readonly floor: number;
  readonly ceil: number;
  /** A change under a key that is remembered is not made again; it answers as the first time. */
  readonly idempotencyKey?: string | undefined;
}

/** How a key is claimed. */
export interface DriverClaim {
  readonly holdMs: number;
  /** What will be filled in has these tags: a drop of one ends the claim. Without doubles. */
  readonly tags: readonly string[];
}

/** Who may fill a key: one at a time. */
export type CacheClaim =
  | { readonly isWon: true; readonly token: string }
  | { readonly isWon: false; readonly retryInMs: number };

/** Exact bounds: the limit passes, one more is refused before the driver is called. */
export interface CacheLimits {
  /** Of keys and tags, as UTF-8. */
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  /** Keys or items of one call. */
  readonly batchMax: number;
  /** Keys and values of one call, in bytes. */
  readonly batchBytesMax: number;
  /** Longest time to live. */
  readonly ttlMsMax: number;
}

/** What a driver promises beyond the contract's laws; what is absent is refused. */
export interface CacheCapabilities {
  /** What was written is there until its time is over, unless room runs out or the engine dies. */
  readonly retains: boolean;
  /** An entry is gone at the latest this long after its time to live, and never before it. */
  readonly granularityMs: number;
  /** When an acknowledged write or drop is seen by everyone: at once, or after some time. */
  readonly coherence: "strong" | { readonly staleMs: number };
  readonly stale?: { readonly msMax: number } | undefined;
  readonly tags?: { readonly perEntryMax: number } | undefined;
  /** `idempotencyMs`: how long a change's idempotency key is remembered. */
  readonly counters?: { readonly idempotencyMs: number } | undefined;
  readonly claims?: { readonly holdMsMax: number } | undefined;
}

/**
 * What a technology implements to cache. `CacheStore` has checked every argument, and turns every
 * answer into what callers see. All methods may be called at once, by many processes. A driver may
 * forget anything at any time; what it answers must be true.
 */
export interface CacheDriver extends AsyncDisposable {
  readonly limits: CacheLimits;
  readonly capabilities: CacheCapabilities;
  /** Findings in the order of the keys. */
  get(namespace: string, keys: readonly string[]): Promise<readonly CacheFinding[]>;
  /** Answers in the order of the items, each of which is written or refused alone. */
  set(namespace: string, items: readonly DriverItem[]): Promise<readonly DriverSetAnswer[]>;
  /** Forgets entries and ends claims; answers how many entries were there to be read. */
  drop(namespace: string, keys: readonly string[]): Promise<number>;
  /** With `tags`: hides every entry that was written with the tag, and ends such claims. */
  dropTag?(namespace: string, tag: string): Promise<void>;
  /** With `counters`: answers the counter after the change. A counter is no entry. */
  count?(namespace: string, key: string, change: DriverCount): Promise<number>;
  /** With `claims`: the token is fresh and cannot be guessed. */
  claim?(namespace: string, key: string, claim: DriverClaim): Promise<CacheClaim>;
  /** With `claims`: ends a claim early; nothing when it is not held with this token. */
  release?(namespace: string, key: string, token: string): Promise<void>;
}
