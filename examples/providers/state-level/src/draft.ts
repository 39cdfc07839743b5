import type { CborValue } from "@bedplate/codec";
import type { Level } from "./level-folder.ts";
import { seal, unseal } from "./record.ts";

interface Change {
  readonly key: Uint8Array;
  /** Null deletes. */
  readonly sealed: Uint8Array | null;
}

/** What a group of commits will write, and the folder as it will be then. */
export class Draft {
  readonly #level: Level;
  readonly #changes = new Map<string, Change>();

  constructor(level: Level) {
    this.#level = level;
  }

  async get<T extends CborValue>(key: Uint8Array): Promise<T | undefined> {
    const change = this.#changes.get(nameOf(key));
    const sealed = change === undefined ? await this.#level.get(key) : change.sealed;
    return sealed ? unseal<T>(key, sealed) : undefined;
  }

  put(key: Uint8Array, value: CborValue): void {
    this.#changes.set(nameOf(key), { key, sealed: seal(key, value) });
  }

  delete(key: Uint8Array): void {
    this.#changes.set(nameOf(key), { key, sealed: null });
  }

  /** Writes all of it or nothing, down to the disk. */
  async write(): Promise<void> {
    const batch = [...this.#changes.values()].map(({ key, sealed }) =>
      sealed === null
        ? { type: "del" as const, key }
        : { type: "put" as const, key, value: sealed },
    );
    if (batch.length > 0) await this.#level.batch(batch, { sync: true });
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}
