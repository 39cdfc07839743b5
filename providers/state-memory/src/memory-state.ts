import { EventEmitter } from "node:events";
import { type Clock, systemClock } from "@bedplate/clock";
import {
  type DriverCommit,
  type DriverCommitAnswer,
  type DriverHistory,
  type DriverRange,
  type Revision,
  type StateCapabilities,
  type StateDriver,
  type StateEntry,
  type StateLimits,
  stateLimitsDefault,
} from "@bedplate/state";
import { MemoryNamespace } from "./memory-namespace.ts";

/** How the state is kept. */
export interface MemoryStateOptions {
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<StateLimits> | undefined;
}

/** Opens state that lives as long as the process. */
export async function openMemoryState(options: MemoryStateOptions = {}): Promise<StateDriver> {
  return new MemoryState(options);
}

class MemoryState implements StateDriver {
  readonly limits: StateLimits;
  readonly capabilities: StateCapabilities = { durable: false };
  readonly #clock: Clock;
  readonly #namespaces = new Map<string, MemoryNamespace>();
  readonly #commits = new EventEmitter().setMaxListeners(0);

  constructor({ clock = systemClock, limits }: MemoryStateOptions) {
    this.#clock = clock;
    this.limits = { ...stateLimitsDefault, ...limits };
  }

  async getMany(
    namespace: string,
    keys: readonly Uint8Array[],
  ): Promise<readonly (StateEntry | null)[]> {
    const space = this.#namespace(namespace);
    return keys.map((key) => space.get(key));
  }

  async list(
    namespace: string,
    range: DriverRange,
  ): Promise<{ readonly entries: readonly StateEntry[]; readonly revision: Revision }> {
    const space = this.#namespace(namespace);
    return { entries: space.list(range), revision: space.head };
  }

  async commit(namespace: string, commit: DriverCommit): Promise<DriverCommitAnswer> {
    const answer = this.#namespace(namespace).commit(commit, this.#clock.now());
    if (answer.kind === "committed") this.#commits.emit(`in:${namespace}`);
    return answer;
  }

  async head(namespace: string): Promise<Revision> {
    return this.#namespace(namespace).head;
  }

  async history(
    namespace: string,
    from: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory> {
    return this.#namespace(namespace).history(from);
  }

  onCommit(namespace: string, listener: () => void): Disposable {
    this.#commits.on(`in:${namespace}`, listener);
    return { [Symbol.dispose]: () => this.#commits.off(`in:${namespace}`, listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#namespaces.clear();
    this.#commits.removeAllListeners();
  }

  #namespace(name: string): MemoryNamespace {
    const found = this.#namespaces.get(name) ?? new MemoryNamespace(this.limits);
    this.#namespaces.set(name, found);
    return found;
  }
}
