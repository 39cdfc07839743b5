import { EventEmitter } from "node:events";
import { type Clock, systemClock } from "@bedplate/clock";
import {
  type DriverCommit,
  type DriverCommitAnswer,
  type DriverHistory,
  type DriverKeys,
  type DriverRange,
  type DriverRead,
  type Revision,
  type StateCapabilities,
  type StateDriver,
  type StateEntry,
  type StateLimits,
  stateLimitsDefault,
  ttlMsMaxDefault,
} from "@bedplate/state";
import { MemoryNamespace } from "./memory-namespace.ts";

/** How the state is kept. */
export interface MemoryStateOptions {
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<StateLimits> | undefined;
}

/** Opens state that lives as long as what was opened. */
export async function openMemoryState(options: MemoryStateOptions = {}): Promise<StateDriver> {
  return new MemoryPlace(options).open();
}

/** State in memory that several drivers can share. */
export class MemoryPlace {
  readonly limits: StateLimits;
  readonly clock: Clock;
  readonly commits: EventEmitter = new EventEmitter().setMaxListeners(0);
  readonly #namespaces = new Map<string, MemoryNamespace>();

  constructor({ clock = systemClock, limits }: MemoryStateOptions) {
    this.clock = clock;
    this.limits = { ...stateLimitsDefault, ...limits };
  }

  open(): StateDriver {
    return new MemoryState(this);
  }

  namespace(name: string): MemoryNamespace {
    const found = this.#namespaces.get(name) ?? new MemoryNamespace(this.limits);
    this.#namespaces.set(name, found);
    return found;
  }
}

class MemoryState implements StateDriver {
  readonly limits: StateLimits;
  readonly capabilities: StateCapabilities = {
    durable: false,
    ttl: { ttlMsMax: ttlMsMaxDefault },
    snapshotReads: true,
  };
  readonly #place: MemoryPlace;

  constructor(place: MemoryPlace) {
    this.#place = place;
    this.limits = place.limits;
  }

  async getMany(
    namespace: string,
    keys: DriverKeys,
  ): Promise<DriverRead<readonly (StateEntry | null)[]>> {
    return this.#place.namespace(namespace).getMany(keys, this.#place.clock.now());
  }

  async list(namespace: string, range: DriverRange): Promise<DriverRead<readonly StateEntry[]>> {
    return this.#place.namespace(namespace).list(range, this.#place.clock.now());
  }

  async commit(namespace: string, commit: DriverCommit): Promise<DriverCommitAnswer> {
    const answer = this.#place.namespace(namespace).commit(commit, this.#place.clock.now());
    if (answer.kind === "committed") this.#place.commits.emit(`in:${namespace}`);
    return answer;
  }

  async head(namespace: string): Promise<Revision> {
    return this.#place.namespace(namespace).head(this.#place.clock.now());
  }

  async history(
    namespace: string,
    from: { readonly after: Revision; readonly limit: number },
  ): Promise<DriverHistory> {
    return this.#place.namespace(namespace).history(from, this.#place.clock.now());
  }

  onCommit(namespace: string, listener: () => void): Disposable {
    this.#place.commits.on(`in:${namespace}`, listener);
    return { [Symbol.dispose]: () => this.#place.commits.off(`in:${namespace}`, listener) };
  }

  /** The state goes when nobody refers to it any more. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
