import { endOfPrefix, type StateOp, type StateStore } from "@bedplate/state";
import { isSameValue } from "../byte-name.ts";
import type { KeyChange } from "../commitment/state-commitment.ts";
import {
  type EntryPlace,
  entryKey,
  entryPrefix,
  rangeStart,
  readEntryKey,
  type Space,
  spacePrefix,
} from "./entry-key.ts";

/** One key as a version has it. */
export interface LedgerEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Which part of a version to list. */
export interface EntryRange {
  readonly space: Space;
  readonly serial: number;
  readonly prefix?: Uint8Array | undefined;
  /** Only keys behind this one. */
  readonly after?: Uint8Array | undefined;
}

/** Read from the store at a time. */
const pageMax = 500;

const absentMark = 0;
const presentMark = 1;

/**
 * The keys and values of one ledger in all versions that it keeps: each serial's writes lie beside
 * the earlier ones, so a version is read by looking for the newest write that is not after it.
 */
export class VersionedState {
  readonly #state: StateStore;
  readonly #ledger: string;

  constructor(state: StateStore, ledger: string) {
    this.#state = state;
    this.#ledger = ledger;
  }

  /** The value that a key has in the version of `serial`; null for none. */
  async get(space: Space, key: Uint8Array, serial: number): Promise<Uint8Array | null> {
    const prefix = entryPrefix(this.#place(space, key));
    const { entries } = await this.#state.list({
      start: prefix,
      end: entryKey(this.#place(space, key), serial + 1),
      reverse: true,
      limit: 1,
    });
    const [found] = entries;
    return found === undefined ? null : readValue(found.value);
  }

  /** Every key of a version, in bytewise order. */
  async *entries(range: EntryRange): AsyncGenerator<LedgerEntry, void, void> {
    const { space, serial, prefix = new Uint8Array(), after } = range;
    const whole = spacePrefix(this.#ledger, space);
    const start =
      after === undefined
        ? rangeStart(this.#place(space, prefix))
        : (endOfPrefix(entryPrefix(this.#place(space, after))) ?? undefined);
    let current: { readonly key: Uint8Array; value: Uint8Array | null } | undefined;
    const listing = { prefix: whole, start, limit: pageMax };
    for await (const entry of this.#state.listAll(listing)) {
      const { key, serial: at } = readEntryKey(entry.key, whole.length);
      if (current !== undefined && !isSameValue(current.key, key)) {
        if (isShown(current, prefix)) yield current;
        current = undefined;
      }
      if (isPast(key, prefix)) return;
      if (at <= serial) current = { key, value: readValue(entry.value) };
    }
    if (current !== undefined && isShown(current, prefix)) yield current;
  }

  /** Writes of one serial. */
  puts(
    space: Space,
    changes: readonly KeyChange[],
    serial: number,
  ): readonly StateOp<Uint8Array>[] {
    return changes.map(({ key, value }) => ({
      put: entryKey(this.#place(space, key), serial),
      value: writeValue(value),
    }));
  }

  /** Takes back what a serial wrote under a key. */
  takeBack(space: Space, key: Uint8Array, serial: number): StateOp<Uint8Array> {
    return { delete: entryKey(this.#place(space, key), serial) };
  }

  /** Deletes what the version of `serial` made unreachable under a key that it wrote. */
  async superseded(
    space: Space,
    key: Uint8Array,
    serial: number,
  ): Promise<readonly StateOp<Uint8Array>[]> {
    const place = this.#place(space, key);
    const { entries } = await this.#state.list({
      start: entryPrefix(place),
      end: entryKey(place, serial + 1),
      limit: pageMax,
    });
    const last = entries.at(-1);
    const old =
      last !== undefined && readValue(last.value) === null ? entries : entries.slice(0, -1);
    return old.map((entry) => ({ delete: entry.key }));
  }

  #place(space: Space, key: Uint8Array): EntryPlace {
    return { ledger: this.#ledger, space, key };
  }
}

function isShown(
  entry: { readonly key: Uint8Array; readonly value: Uint8Array | null },
  prefix: Uint8Array,
): entry is LedgerEntry {
  return entry.value !== null && Buffer.compare(entry.key.subarray(0, prefix.length), prefix) === 0;
}

/** True behind all keys with the prefix. */
function isPast(key: Uint8Array, prefix: Uint8Array): boolean {
  return Buffer.compare(key.subarray(0, prefix.length), prefix) > 0;
}

function writeValue(value: Uint8Array | null): Uint8Array {
  if (value === null) return Uint8Array.of(absentMark);
  const marked = new Uint8Array(value.length + 1);
  marked[0] = presentMark;
  marked.set(value, 1);
  return marked;
}

function readValue(marked: Uint8Array): Uint8Array | null {
  return marked[0] === presentMark ? marked.subarray(1) : null;
}
