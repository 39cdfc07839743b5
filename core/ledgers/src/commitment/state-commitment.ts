/** One changed key; null deletes. Keys are unique and sorted bytewise. */
export interface KeyChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Where a commitment keeps what it computed: bytes under keys of its own, versioned with the state. */
export interface NodeReader {
  /** What was last written under a key; null for nothing. */
  get(key: Uint8Array): Promise<Uint8Array | null>;
}

/** What a commitment needs for one step. */
export interface CommitmentStep {
  /** The root before. */
  readonly root: string;
  /** Changes of the state; a change to the value that is there already is allowed. */
  readonly changes: readonly KeyChange[];
  /** As it was when `root` was made. */
  readonly nodes: NodeReader;
}

/** The root after a step, and what changed in the commitment's own nodes: unique keys, sorted. */
export interface CommittedStep {
  readonly root: string;
  readonly nodes: readonly KeyChange[];
}

/**
 * How a state becomes one short root. The root must depend on the keys and values alone, not on the
 * order in which they came to be; a step must cost no more than the changed keys and the logarithm of
 * the others. The ledger stores nodes with the state, so rolling back rolls back both.
 */
export interface StateCommitment {
  /** Recorded with each ledger: another way to commit has another name. */
  readonly name: string;
  /** The root of a state without keys; at most 256 characters, as every root. */
  readonly emptyRoot: string;
  update(step: CommitmentStep): Promise<CommittedStep>;
}
