import type { ConformanceCase } from "@bedplate/conformance";
import type { StateEntry } from "../state-driver.ts";
import type { StateStore } from "../state-store.ts";

/** The store's own time. */
export interface StateClock {
  now(): number;
  /** Lets time pass: a virtual clock jumps, the clock of a live engine is waited for. */
  advance(ms: number): Promise<void>;
}

/** What a harness can do to a store from outside. What is absent is no control of that harness. */
export interface StateKit {
  readonly clock: StateClock;
  /** The same clock, when it stands still until it is advanced, and may go back. */
  readonly virtualClock?: StateClock | undefined;
  readonly seed: string;
  /** Opens the same state as another process would. */
  second(): Promise<StateStore>;
  /** Opens the same state on a driver that declares no option. */
  bare(): Promise<StateStore>;
  /** Closes the store and opens the same state again. */
  readonly reopen?: (() => Promise<StateStore>) | undefined;
  /** Runs `writeUntilKilled` in a process that is killed without warning, and opens what is left. */
  readonly crash?: ((reportsMin: number) => Promise<Crashed>) | undefined;
  /** Kills the engine without warning and starts it again. */
  readonly killEngine?: (() => Promise<void>) | undefined;
  /** Breaks contact around the store's next commit. */
  readonly cut?: ((when: "before-send" | "after-send") => void) | undefined;
  /** Makes every call of the store take so much longer; 0 ends it. */
  readonly slow?: ((ms: number) => void) | undefined;
  /** Opens the same state on a disk that has no room left. */
  readonly fillDisk?: (() => Promise<StateStore>) | undefined;
  /** Changes the stored value of a key behind the store's back, and opens what is left. */
  readonly flipByte?: ((key: string) => Promise<StateStore>) | undefined;
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

/** The text of a value; undefined for no entry. */
export function textOf(entry: StateEntry | null | undefined): string | undefined {
  return entry ? Buffer.from(entry.value).toString() : undefined;
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

/** Every entry with a prefix. */
export async function all(store: StateStore, prefix: string): Promise<readonly StateEntry[]> {
  const entries: StateEntry[] = [];
  for await (const entry of store.listAll({ prefix })) entries.push(entry);
  return entries;
}

/** The keys of some entries, as text. */
export function keysOf(entries: readonly StateEntry[]): readonly string[] {
  return entries.map((entry) => Buffer.from(entry.key).toString("latin1"));
}

function lineOf({ key, value, version }: StateEntry): string {
  return [key, value].map((each) => Buffer.from(each).toString("hex")).join(" ") + version;
}
