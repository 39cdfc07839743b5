import { bytesOf } from "../byte-name.ts";
import type { NodeReader } from "../commitment/state-commitment.ts";
import type { BaseState } from "../schedule/scheduler.ts";
import type { Space } from "./entry-key.ts";
import type { StateCache } from "./state-cache.ts";
import type { VersionedState } from "./versioned-state.ts";

/** Keys that are read from the store at once. */
const readsAtOnce = 32;

/** One version of a ledger as a batch reads it: what was read once stays at hand until the batch is over. */
export class BaseReader implements BaseState, NodeReader {
  readonly #versions: VersionedState;
  readonly #cache: StateCache;
  readonly #serial: number;
  readonly #resident = new Map<string, Uint8Array | null>();

  constructor(
    versions: VersionedState,
    options: { readonly cache: StateCache; readonly serial: number },
  ) {
    this.#versions = versions;
    this.#cache = options.cache;
    this.#serial = options.serial;
  }

  peek(name: string): Uint8Array | null | undefined {
    const resident = this.#resident.get(name);
    if (resident !== undefined) return resident;
    const cached = this.#cache.get("state", bytesOf(name), this.#serial);
    if (cached !== undefined) this.#resident.set(name, cached);
    return cached;
  }

  async load(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => this.peek(name) === undefined);
    for (let at = 0; at < missing.length; at += readsAtOnce) {
      const some = missing.slice(at, at + readsAtOnce);
      await Promise.all(
        some.map(async (name) => {
          this.#resident.set(name, await this.#read("state", bytesOf(name)));
        }),
      );
    }
  }

  /** A node of the commitment. */
  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#read("node", key);
  }

  async #read(space: Space, key: Uint8Array): Promise<Uint8Array | null> {
    const cached = this.#cache.get(space, key, this.#serial);
    if (cached !== undefined) return cached;
    const value = await this.#versions.get(space, key, this.#serial);
    this.#cache.put(space, { key, value }, this.#serial);
    return value;
  }
}
