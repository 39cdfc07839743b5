import { type Random, seededRandom } from "@bedplate/clock";
import { HistoryRecorder, type Operation } from "@bedplate/conformance/linearizability";
import { isFault } from "@bedplate/errors";
import type { StateEntry } from "../state-driver.ts";
import type { StateStore } from "../state-store.ts";
import type { StateInput, StateOutput, Values } from "./history-model.ts";
import { bytes, textOf } from "./state-case.ts";

/** Who calls, and how much. */
export interface RecordedRun {
  readonly stores: readonly StateStore[];
  readonly seed: string;
  readonly operations: number;
  /** Called before each commit with a byte of chance. */
  readonly beforeCommit?: ((chance: number) => void) | undefined;
}

type Recorder = HistoryRecorder<StateInput, StateOutput>;

const callers = 8;
const names = ["a", "b", "c", "d", "e"] as const;

/** Lets callers read, list and compare-and-set some keys at once, and answers what each one saw. */
export async function recordCallers(
  run: RecordedRun,
): Promise<readonly Operation<StateInput, StateOutput>[]> {
  const recorder: Recorder = new HistoryRecorder();
  await Promise.all(
    Array.from({ length: callers }, async (_, each) => {
      const store = run.stores[each % run.stores.length] as StateStore;
      const caller = new Caller(`c${each}`, { store, recorder, run });
      for (let i = 0; i < run.operations / callers; i++) await caller.act(i);
    }),
  );
  return recorder.history;
}

interface CallerParts {
  readonly store: StateStore;
  readonly recorder: Recorder;
  readonly run: RecordedRun;
}

class Caller {
  readonly #name: string;
  readonly #parts: CallerParts;
  readonly #random: Random;
  #known: readonly [string, StateEntry | null][] = [];

  constructor(name: string, parts: CallerParts) {
    this.#name = name;
    this.#parts = parts;
    this.#random = seededRandom(`${parts.run.seed}/${name}`);
  }

  async act(turn: number): Promise<void> {
    const [kind = 0, first = 0, second = 0, chance = 0] = this.#random.bytes(4);
    const keys = [...new Set([first, second].map((each) => names[each % names.length] ?? "a"))];
    if (kind < 90) await this.#read(keys);
    else if (kind < 110) await this.#list();
    else await this.#commit(keys, { turn, chance, isDelete: kind > 220 });
  }

  async #read(keys: readonly string[]): Promise<void> {
    const { store, recorder } = this.#parts;
    await recorder.record(this.#name, { kind: "read", keys }, async () => {
      const entries = await store.getMany(keys);
      this.#known = keys.map((key, index) => [key, entries[index] ?? null]);
      return { values: valuesOf(this.#known) };
    });
  }

  async #list(): Promise<void> {
    const { store, recorder } = this.#parts;
    await recorder.record(this.#name, { kind: "list" }, async () => {
      const { entries, revision: head } = await store.list();
      const known = entries.map((each) => [Buffer.from(each.key).toString(), each] as const);
      return { values: valuesOf(known), head };
    });
  }

  /** On condition of what this caller read last, which may be old by now. */
  async #commit(
    keys: readonly string[],
    { turn, chance, isDelete }: { turn: number; chance: number; isDelete: boolean },
  ): Promise<void> {
    const { store, recorder, run } = this.#parts;
    const value = (key: string) => (isDelete ? null : `${this.#name}.${turn}.${key}`);
    const change = Object.fromEntries(keys.map((key) => [key, value(key)]));
    const expect = valuesOf(this.#known);
    const checks = this.#known.map(([key, entry]) => ({
      key,
      is: entry === null ? ("absent" as const) : { version: entry.version },
    }));
    const ops = Object.entries(change).map(([key, text]) =>
      text === null ? { delete: key } : { put: key, value: bytes(text) },
    );
    run.beforeCommit?.(chance);
    await recorder.record(this.#name, { kind: "commit", expect, change }, async () => {
      try {
        const { revision } = await store.commit({ checks, ops });
        return { revision };
      } catch (error) {
        if (isFault(error, "version.mismatch")) return "refused";
        throw error;
      }
    });
  }
}

function valuesOf(known: readonly (readonly [string, StateEntry | null])[]): Values {
  return Object.fromEntries(known.map(([key, entry]) => [key, textOf(entry) ?? null]));
}
