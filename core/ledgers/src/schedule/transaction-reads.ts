import type { StateReader } from "@bedplate/environment";
import { nameOf } from "../byte-name.ts";
import { ledgerLimits } from "../ledger-limits.ts";
import type { BaseState } from "./scheduler.ts";

/**
 * What one execution sees, and the record of it. A key that was read once keeps its value for the
 * whole execution, whatever others do meanwhile: an environment that begins again after a load then
 * repeats itself.
 */
export class TransactionReads implements StateReader {
  readonly seen: Map<string, Uint8Array | null> = new Map<string, Uint8Array | null>();
  readonly #source: BaseState;

  constructor(source: BaseState) {
    this.#source = source;
  }

  peek(key: Uint8Array): Uint8Array | null | undefined {
    const name = nameOf(key);
    const known = this.seen.get(name);
    if (known !== undefined) return known;
    const found = key.length > ledgerLimits.keyBytesMax ? null : this.#source.peek(name);
    if (found !== undefined) this.seen.set(name, found);
    return found;
  }

  async load(keys: readonly Uint8Array[]): Promise<void> {
    await this.#source.load(keys.map(nameOf));
  }
}

/** Makes the keys of an access list resident, so that executions need not begin again. */
export async function preload(base: BaseState, keys: readonly Uint8Array[]): Promise<void> {
  const missing = keys.map(nameOf).filter((name) => base.peek(name) === undefined);
  if (missing.length > 0) await base.load(missing);
}
