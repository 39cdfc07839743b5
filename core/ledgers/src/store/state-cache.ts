import { nameOf } from "../byte-name.ts";
import type { KeyChange } from "../commitment/state-commitment.ts";
import type { Space } from "./entry-key.ts";

/** Most entries of one ledger that are remembered. */
const entriesMax = 100_000;
/** And their bytes. */
const bytesMax = 64 * 1024 * 1024;

/** Ledgers whose last state is remembered. */
const ledgersMax = 64;

/** What is remembered of each ledger's last version; the one that was not used longest goes. */
export class StateCaches {
  readonly #caches = new Map<string, StateCache>();

  of(ledger: string): StateCache {
    const cache = this.#caches.get(ledger) ?? new StateCache();
    this.#caches.delete(ledger);
    this.#caches.set(ledger, cache);
    const [oldest] = this.#caches.keys();
    if (this.#caches.size > ledgersMax && oldest !== undefined) this.#caches.delete(oldest);
    return cache;
  }
}

/** What is known of a ledger's last version, so that a batch need not read what an earlier one wrote. */
export class StateCache {
  #serial = -1;
  #values = new Map<string, Uint8Array | null>();
  #bytes = 0;

  get(space: Space, key: Uint8Array, serial: number): Uint8Array | null | undefined {
    return serial === this.#serial ? this.#values.get(cacheName(space, key)) : undefined;
  }

  /**
   * Remembers what was read in the version of `serial`. An earlier version than the one that is known
   * is not worth it: who still reads it saw the head before a batch, or before a rollback.
   */
  put(space: Space, entry: KeyChange, serial: number): void {
    if (serial < this.#serial) return;
    if (serial > this.#serial) this.#reset(serial);
    this.#keep(cacheName(space, entry.key), entry.value);
  }

  /** Moves on to the version that these changes made. */
  advance(
    serials: { readonly from: number; readonly to: number },
    changes: { readonly [S in Space]: readonly KeyChange[] },
  ): void {
    if (this.#serial !== serials.from) this.#reset(serials.to);
    this.#serial = serials.to;
    for (const space of ["state", "node"] as const) {
      for (const { key, value } of changes[space]) this.#keep(cacheName(space, key), value);
    }
  }

  #keep(name: string, value: Uint8Array | null): void {
    if (this.#values.size >= entriesMax || this.#bytes >= bytesMax) this.#reset(this.#serial);
    this.#bytes += sizeOf(name, value) - sizeOf(name, this.#values.get(name));
    this.#values.set(name, value);
  }

  #reset(serial: number): void {
    this.#serial = serial;
    this.#values = new Map();
    this.#bytes = 0;
  }
}

function cacheName(space: Space, key: Uint8Array): string {
  return `${space === "state" ? "s" : "n"}${nameOf(key)}`;
}

function sizeOf(name: string, value: Uint8Array | null | undefined): number {
  return value === undefined ? 0 : name.length + (value?.length ?? 0);
}
