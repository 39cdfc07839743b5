import type { Invocation, Outcome } from "@bedplate/environment";
import { byteKey } from "../run/byte-key.ts";

/** Most cross-calls of one run. */
export const crossCallsMax = 1_024;

/** Most bytes of state and answers that one run may have looked at. */
export const journalBytesMax: number = 64 * 1024 * 1024;

/** What a cross-call gave. */
export interface CallAnswer {
  readonly outcome: Outcome;
  /** Fuel that it used; charged to the caller. */
  readonly fuel: number;
}

/**
 * What a run has learnt from outside. An attempt that has to wait is abandoned and begun again; the
 * journal answers the second time as the first, so every attempt takes the same way. Reads are kept
 * per epoch (the number of cross-calls before them), because a callee may change the state.
 */
export class RunJournal {
  readonly #invocation: Invocation;
  readonly #epochs: Map<string, Uint8Array | null>[] = [];
  readonly #answers: CallAnswer[] = [];
  #bytes = 0;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  get answers(): readonly CallAnswer[] {
    return this.#answers;
  }

  /** False when no more may be remembered. */
  get hasRoom(): boolean {
    return this.#bytes <= journalBytesMax;
  }

  /** The committed value, null where there is none, undefined where it must be loaded first. */
  read(key: Uint8Array, epoch: number): Uint8Array | null | undefined {
    const { reads } = this.#invocation;
    if (reads === undefined) return null;
    const name = byteKey(key);
    const seen = this.#epochs[epoch]?.get(name);
    if (seen !== undefined) return seen;
    const value = reads.peek(key);
    if (value === undefined) return undefined;
    this.#remember(epoch, { name, value });
    return value;
  }

  answer(answer: CallAnswer): void {
    this.#answers.push(answer);
    this.#bytes += "output" in answer.outcome ? answer.outcome.output.length : 0;
  }

  #remember(
    epoch: number,
    entry: { readonly name: string; readonly value: Uint8Array | null },
  ): void {
    let seen = this.#epochs[epoch];
    if (seen === undefined) {
      seen = new Map();
      this.#epochs[epoch] = seen;
    }
    seen.set(entry.name, entry.value);
    this.#bytes += entry.name.length + (entry.value?.length ?? 0);
  }
}
