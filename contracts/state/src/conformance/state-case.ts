import type { VirtualClock } from "@bedplate/clock";
import type { ConformanceCase } from "@bedplate/conformance";
import type { StateEntry } from "../state-driver.ts";
import type { StateStore } from "../state-store.ts";

/** What a harness can do to a store from outside. The store's clock is `clock`. */
export interface StateKit {
  readonly clock: VirtualClock;
  readonly seed: string;
  /** Opens the same state as another process would. */
  second(): Promise<StateStore>;
  /** Closes the store and opens the same state again. */
  readonly reopen?: (() => Promise<StateStore>) | undefined;
  /** Runs `writeUntilKilled` in a process that is killed without warning, and opens what is left. */
  readonly crash?: ((reportsMin: number) => Promise<Crashed>) | undefined;
}

/** What a killed writer said, and the state that it left. */
export interface Crashed {
  readonly reports: readonly string[];
  readonly store: StateStore;
}

export type StateCase = ConformanceCase<StateStore, StateKit>;

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A change that writes a text. */
export function put(key: string, value?: string): StatePut {
  return { put: key, value: bytes(value ?? key) };
}

interface StatePut {
  readonly put: string;
  readonly value: Uint8Array;
}

/** Everything that is visible in a namespace, for comparison. */
export async function dump(store: StateStore): Promise<readonly string[]> {
  const seen: string[] = [`head ${await store.head()}`];
  for await (const entry of store.listAll()) seen.push(lineOf(entry));
  return seen;
}

/** The keys of some entries, as text. */
export function keysOf(entries: readonly StateEntry[]): readonly string[] {
  return entries.map((entry) => Buffer.from(entry.key).toString("latin1"));
}

function lineOf({ key, value, version }: StateEntry): string {
  return [key, value].map((each) => Buffer.from(each).toString("hex")).join(" ") + version;
}
