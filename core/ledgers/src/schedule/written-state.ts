import type { StateCredit, StateWrite } from "@bedplate/environment";
import { nameOf } from "../byte-name.ts";
import { amountOf, valueWith } from "./credits.ts";
import type { BaseState } from "./scheduler.ts";

/** What several executions left one after the other, over the state before them. */
export class WrittenState implements BaseState {
  readonly #base: BaseState;
  readonly #values = new Map<string, Uint8Array | null>();
  /** Sums over what lies below; a key is here or among the values. */
  readonly #credits = new Map<string, bigint>();

  constructor(base: BaseState) {
    this.#base = base;
  }

  add({
    writes,
    credits = [],
  }: {
    readonly writes: readonly StateWrite[];
    readonly credits?: readonly StateCredit[] | undefined;
  }): void {
    for (const { key, value } of writes) {
      const name = nameOf(key);
      this.#credits.delete(name);
      this.#values.set(name, value);
    }
    for (const credit of credits) this.#credit(nameOf(credit.key), amountOf(credit));
  }

  peek(name: string): Uint8Array | null | undefined {
    const written = this.#values.get(name);
    if (written !== undefined) return written;
    const below = this.#base.peek(name);
    const credit = this.#credits.get(name);
    return credit === undefined || below === undefined ? below : valueWith(below, credit);
  }

  load(names: readonly string[]): Promise<void> {
    return this.#base.load(names.filter((name) => !this.#values.has(name)));
  }

  /** Every key that was written or credited, with the value that it has now. */
  async changes(): Promise<ReadonlyMap<string, Uint8Array | null>> {
    const credited = [...this.#credits.keys()];
    const missing = credited.filter((name) => this.#base.peek(name) === undefined);
    if (missing.length > 0) await this.#base.load(missing);
    const values = new Map(this.#values);
    for (const name of credited) values.set(name, this.peek(name) ?? null);
    return values;
  }

  #credit(name: string, amount: bigint): void {
    const written = this.#values.get(name);
    if (written !== undefined) this.#values.set(name, valueWith(written, amount));
    else this.#credits.set(name, (this.#credits.get(name) ?? 0n) + amount);
  }
}
