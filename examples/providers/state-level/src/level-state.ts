import type {
  DriverCommit,
  DriverCommitAnswer,
  DriverHistory,
  DriverKeys,
  DriverRange,
  DriverRead,
  Revision,
  StateCapabilities,
  StateChange,
  StateCommit,
  StateDriver,
  StateEntry,
  StateLimits,
} from "@bedplate/state";
import { faultOfLevel } from "./level-faults.ts";
import type { OpenLevel } from "./level-place.ts";
import { readEnds, type Snapshot } from "./read-ends.ts";
import { type EntryRecord, entryOf, type HistoryRecord, unseal } from "./record.ts";
import { RecordKeys } from "./record-key.ts";

interface LevelStateParts {
  readonly opened: OpenLevel;
  readonly limits: StateLimits;
  readonly onClose: () => Promise<void>;
}

/** State in a LevelDB folder. What is read together is read from one snapshot. */
export class LevelState implements StateDriver {
  readonly capabilities: StateCapabilities = { durable: true };
  readonly limits: StateLimits;
  readonly #opened: OpenLevel;
  readonly #onClose: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor({ opened, limits, onClose }: LevelStateParts) {
    this.limits = limits;
    this.#opened = opened;
    this.#onClose = onClose;
  }

  getMany(
    namespace: string,
    { keys: asked }: DriverKeys,
  ): Promise<DriverRead<readonly (StateEntry | null)[]>> {
    return this.#read(namespace, async (keys, snapshot) => {
      const records = asked.map((key) => keys.entry(key));
      const found = await this.#opened.level.getMany(records, { snapshot });
      return found.map((sealed, index) => {
        const record = records[index];
        if (record === undefined || sealed === undefined) return null;
        return entryOf(keys.keyOf(record), unseal<EntryRecord>(record, sealed));
      });
    });
  }

  list(
    namespace: string,
    { start, end, reverse, limit }: DriverRange,
  ): Promise<DriverRead<readonly StateEntry[]>> {
    return this.#read(namespace, async (keys, snapshot) => {
      const range = { gte: keys.entry(start), lt: end ? keys.entry(end) : keys.end("entry") };
      const found = this.#opened.level.iterator({ ...range, reverse, limit, snapshot });
      return (await found.all()).map(([record, sealed]) =>
        entryOf(keys.keyOf(record), unseal<EntryRecord>(record, sealed)),
      );
    });
  }

  commit(namespace: string, commit: DriverCommit): Promise<DriverCommitAnswer> {
    return this.#opened.queue.commit({ namespace, commit, limits: this.limits });
  }

  async head(namespace: string): Promise<Revision> {
    return (await this.#read(namespace, async () => null)).revision;
  }

  async history(
    namespace: string,
    { after, limit }: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory> {
    const { entries, ...ends } = await this.#read(namespace, async (keys, snapshot, oldest) => {
      if (after < oldest) return [];
      const range = { gte: keys.history(after + 1), lt: keys.end("history") };
      const found = this.#opened.level.iterator({ ...range, limit, snapshot });
      return (await found.all()).map(([record, sealed]) =>
        commitOf(keys.revisionOf(record), unseal<HistoryRecord>(record, sealed)),
      );
    });
    return { commits: entries, ...ends };
  }

  onCommit(namespace: string, listener: () => void): Disposable {
    return this.#opened.listeners.add(namespace, listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#onClose();
    return this.#closed;
  }

  async #read<Entries>(
    namespace: string,
    read: (keys: RecordKeys, snapshot: Snapshot, oldest: Revision) => Promise<Entries>,
  ): Promise<DriverRead<Entries>> {
    const keys = new RecordKeys(namespace);
    try {
      await using snapshot = this.#opened.level.snapshot();
      const [revision, oldest] = await readEnds(this.#opened.level, { keys, snapshot });
      return { entries: await read(keys, snapshot, oldest), revision, oldest };
    } catch (error) {
      throw faultOfLevel(error, "state.read");
    }
  }
}

function commitOf(revision: Revision, record: HistoryRecord): StateCommit {
  return { revision, changes: record.map(([key, entry]) => changeOf(key, entry)) };
}

function changeOf(key: Uint8Array, entry: EntryRecord | null): StateChange {
  if (entry === null) return { key, entry: null, cause: "delete" };
  return { key, entry: entryOf(key, entry), cause: "put" };
}
