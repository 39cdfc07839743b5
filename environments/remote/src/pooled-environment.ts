import type { Digest } from "@bedplate/codec";
import {
  type Admission,
  type Call,
  type EnvironmentDriver,
  type Fingerprint,
  type InstanceDriver,
  type InstanceHandle,
  type InstanceSpec,
  type KeyedCall,
  type Manifest,
  newCall,
  type Recovery,
} from "@bedplate/environment";
import type { CellPool, Seat } from "./cell-pool.ts";
import { type Place, PooledInstance } from "./pooled-instance.ts";

export interface PooledEnvironmentOptions {
  readonly manifest: Manifest;
  readonly now: () => number;
  readonly onClosed: () => void;
}

/** One environment spread over the cells of a pool: each instance lives in one of them. */
export class PooledEnvironment implements EnvironmentDriver {
  readonly #pool: CellPool;
  readonly #manifest: Manifest;
  readonly #now: () => number;
  readonly #onClosed: () => void;
  readonly #instances = new Map<string, PooledInstance>();
  #moves = 0;

  constructor(pool: CellPool, options: PooledEnvironmentOptions) {
    this.#pool = pool;
    this.#manifest = options.manifest;
    this.#now = options.now;
    this.#onClosed = options.onClosed;
  }

  fingerprint(call: Call): AsyncIterable<Fingerprint> {
    return this.#pool.health.follow(call);
  }

  admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    return this.#pool.onSeat(call, (seat) => seat.driver.admit(artifact, call));
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<InstanceDriver> {
    const place = await this.#pool.onSeat(call, async (seat) => ({
      seat,
      driver: await seat.driver.create(spec, call),
    }));
    return this.#adopt(place, spec);
  }

  async recover(handle: InstanceHandle, call: Call): Promise<Recovery> {
    const held = this.#instances.get(handle.id);
    if (held !== undefined && isSame(held.handle, handle))
      return { found: "alive", instance: held };
    let answer: Recovery = { found: "absent" };
    for (const seat of this.#pool.seats) {
      answer = await seat.driver.recover(handle, call);
      if (answer.found === "absent") continue;
      if (answer.found !== "alive") return answer;
      const driver = answer.instance;
      // What it was made from is not known any more, so it cannot be made again.
      return { found: "alive", instance: this.#adopt({ seat, driver }, undefined) };
    }
    return answer;
  }

  async *inventory(call: Call): AsyncIterable<InstanceHandle> {
    for (const seat of this.#pool.seats) yield* seat.driver.inventory(call);
  }

  async close(call: Call): Promise<void> {
    try {
      await this.#pool.close(call);
    } finally {
      this.#instances.clear();
      this.#onClosed();
    }
  }

  /** Ends the cell of one instance, or every cell; what shared it is lost with it. */
  kill(handle: InstanceHandle | undefined): void {
    if (handle === undefined) {
      for (const instance of this.#instances.values()) instance.condemn();
      for (const seat of this.#pool.seats) this.#pool.kill(seat, "the host ended it");
      return;
    }
    const instance = this.#instances.get(handle.id);
    if (instance === undefined) return;
    instance.condemn();
    this.#pool.kill(instance.seat, `the host ended it for what instance/${handle.id} did`);
  }

  #adopt(place: Place, spec: InstanceSpec | undefined): PooledInstance {
    const { id } = place.driver.handle;
    const instance = new PooledInstance(place, {
      isRepeatable: spec !== undefined && this.#isRepeatable(spec),
      now: this.#now,
      move: (lost, call) => this.#move(spec as InstanceSpec, lost, call),
      onReleased: () => this.#instances.delete(id),
    });
    this.#instances.set(id, instance);
    return instance;
  }

  /**
   * A run may run again where its effects are returned rather than applied, and where no state of
   * the instance went with the cell: a session has such state.
   */
  #isRepeatable(spec: InstanceSpec): boolean {
    return this.#manifest.profile.effects === "captured" && spec.config["session"] !== true;
  }

  #move(spec: InstanceSpec, lost: Seat, call: Call): Promise<Place> {
    const { principal, signal, trace, deadlineAt } = call;
    const keyed = (verb: string): KeyedCall => ({
      ...newCall({ principal, timeoutMs: 0, key: `move-${++this.#moves}-${verb}`, signal, trace }),
      deadlineAt,
    });
    this.#pool.drop(lost);
    return this.#pool.onSeat(call, async (seat) => {
      const driver = await seat.driver.create(spec, keyed("create"));
      await driver.start(keyed("start"));
      return { seat, driver };
    });
  }
}

function isSame(a: InstanceHandle, b: InstanceHandle): boolean {
  return a.incarnation === b.incarnation && a.owner === b.owner && a.release === b.release;
}
