/** How much of each a ledger takes. */
export interface LedgerBounds {
  /** Of a key of the state. A longer key has no value, and a transaction that writes one is refused. */
  readonly keyBytesMax: number;
  /** Of a value of the state. */
  readonly valueBytesMax: number;
  /** Keys that one transaction may write. */
  readonly writesMax: number;
  /** Keys and values that one transaction may write, in bytes. */
  readonly writeBytesMax: number;
  /** Input of a transaction. */
  readonly inputBytesMax: number;
  /** Output and events of a transaction. */
  readonly outputBytesMax: number;
  /** Events of a transaction. */
  readonly eventsMax: number;
  /** Keys in the access list that a transaction declares. */
  readonly accessKeysMax: number;
  /** Writes of a batch, in bytes; the transaction that would exceed it waits for the next one. */
  readonly batchWriteBytesMax: number;
  /** Entries of a genesis that comes in one request. */
  readonly genesisEntriesMax: number;
  /** Ledgers of one project. */
  readonly ledgersMax: number;
}

/** Bounds of a ledger's contents. They are part of what a transaction does, so all replicas have the same. */
export const ledgerLimits: LedgerBounds = {
  keyBytesMax: 256,
  valueBytesMax: 128 * 1024,
  writesMax: 4_096,
  writeBytesMax: 1024 * 1024,
  inputBytesMax: 64 * 1024,
  outputBytesMax: 64 * 1024,
  eventsMax: 256,
  accessKeysMax: 1_024,
  batchWriteBytesMax: 32 * 1024 * 1024,
  genesisEntriesMax: 10_000,
  ledgersMax: 1_000,
};

/** Longest wall time of one transaction: fuel bounds it long before, this is for an environment that hangs. */
export const transactionWallMs = 30_000;

/** Most fuel of what opens or closes a batch, where the environment meters fuel. */
export const frameFuelMax = 1_000_000_000;
