import type { StateReader } from "../facets/invoke.ts";

/** Committed state for a case: texts by text, resident or still to be loaded. */
export class StateFixture implements StateReader {
  readonly #state: Readonly<Record<string, string>>;
  readonly #loaded: string[] = [];
  #isResident = true;

  constructor(state: Readonly<Record<string, string>>) {
    this.#state = state;
  }

  /** Nothing is resident until it is loaded. */
  empty(): this {
    this.#isResident = false;
    return this;
  }

  /** The keys that were loaded, in order. */
  get loaded(): readonly string[] {
    return this.#loaded;
  }

  peek(key: Uint8Array): Uint8Array | null | undefined {
    const name = Buffer.from(key).toString("utf8");
    if (!this.#isResident && !this.#loaded.includes(name)) return undefined;
    const found = this.#state[name];
    return found === undefined ? null : new Uint8Array(Buffer.from(found));
  }

  async load(keys: readonly Uint8Array[]): Promise<void> {
    this.#loaded.push(...keys.map((key) => Buffer.from(key).toString("utf8")));
  }
}
