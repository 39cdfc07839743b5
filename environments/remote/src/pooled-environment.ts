import { randomUUID } from "node:crypto";
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
import { kindOf, SparePlaces } from "./spare-places.ts";

/** How long freeing a spare may take. */
const freeTimeoutMs = 10_000;

export interface PooledEnvironmentOptions {
  readonly manifest: Manifest;
  readonly now: () => number;
  readonly onClosed: () => void;
}

/** One environment spread over the cells of a pool: each instance lives in one of them. */
export class PooledEnvironment implements EnvironmentDriver {
  readonly check?: EnvironmentDriver["check"];
  readonly assess?: EnvironmentDriver["assess"];
  readonly #pool: CellPool;
  readonly #manifest: Manifest;
  readonly #now: () => number;
  readonly #onClosed: () => void;
  readonly #instances = new Map<string, PooledInstance>();
  readonly #spares = new SparePlaces();
  #moves = 0;

  constructor(pool: CellPool, options: PooledEnvironmentOptions) {
    this.#pool = pool;
    this.#manifest = options.manifest;
    this.#now = options.now;
    this.#onClosed = options.onClosed;
    if (options.manifest.declares.invoke?.checks === true) {
      this.check = (artifact, invocation, call) =>
        pool.onSeat(call, async ({ driver }) => {
          if (driver.check !== undefined) return driver.check(artifact, invocation, call);
          throw new TypeError("a cell does not check although its manifest says so");
        });
    }
    if (options.manifest.declares.snapshot === undefined) return;
    this.assess = (snapshot, call) =>
      pool.onSeat(call, async ({ driver }) => (await driver.assess?.(snapshot, call)) ?? []);
  }

  fingerprint(call: Call): AsyncIterable<Fingerprint> {
    return this.#pool.health.follow(call);
  }

  admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    return this.#pool.onSeat(call, (seat) => seat.driver.admit(artifact, call));
  }

  /**
   * An instance whose runs leave nothing behind is made once, and used by one after the other: four
   * of the five messages of a single run are about making and freeing what it runs in.
   */
  async create(spec: InstanceSpec, call: KeyedCall): Promise<InstanceDriver> {
    const kind = kindOf(spec, call.principal);
    const spare = this.#spares.take(kind, this.#pool.seats);
    if (spare !== undefined) return this.#adopt({ ...spare, isSpare: true }, { spec, call });
    const place = await this.#pool.onSeat(call, async (seat) => ({
      seat,
      driver: await seat.driver.create(spec, call),
    }));
    return this.#adopt(place, { spec, call });
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
      // The instance that had this handle was released; what it ran in is spare, or another's now.
      if (this.#isTaken(handle.id)) return { found: "absent" };
      // What it was made from is not known any more, so it cannot be made again.
      return { found: "alive", instance: this.#adopt({ seat, driver }, undefined) };
    }
    return answer;
  }

  async *inventory(call: Call): AsyncIterable<InstanceHandle> {
    for (const seat of this.#pool.seats) {
      for await (const handle of seat.driver.inventory(call)) {
        if (!this.#spares.has(handle.id)) yield this.#held(handle);
      }
    }
  }

  /** The handle under which an instance is known outside. */
  #held(handle: InstanceHandle): InstanceHandle {
    const known = [...this.#instances.values()].find((each) => each.isOn(handle.id));
    return known?.handle ?? handle;
  }

  #isTaken(id: string): boolean {
    return this.#spares.has(id) || [...this.#instances.values()].some((each) => each.isOn(id));
  }

  async close(call: Call): Promise<void> {
    try {
      await this.#pool.close(call);
    } finally {
      this.#instances.clear();
      this.#spares.clear();
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

  #adopt(
    place: Place,
    made: { readonly spec: InstanceSpec; readonly call: KeyedCall } | undefined,
  ): PooledInstance {
    const spec = made?.spec;
    const { handle: own } = place.driver;
    const isSpare = place.isSpare === true && made !== undefined;
    const handle = isSpare
      ? { ...own, id: randomUUID(), incarnation: randomUUID(), key: made.call.key }
      : own;
    const { id } = handle;
    const instance = new PooledInstance(place, {
      handle,
      isRepeatable: spec !== undefined && this.#isRepeatable(spec),
      now: this.#now,
      giveBack: (free) => {
        if (made !== undefined) this.#keepSpare(kindOf(made.spec, made.call.principal), free);
      },
      move: (lost, call) => this.#move(spec as InstanceSpec, lost, call),
      onReleased: () => this.#instances.delete(id),
    });
    this.#instances.set(id, instance);
    return instance;
  }

  #keepSpare(kind: string, place: Place): void {
    const { seat, driver } = place;
    const tooMany = this.#spares.keep(kind, { seat, driver });
    if (tooMany !== undefined) void this.#free(tooMany.driver);
  }

  /** Frees what nobody holds; where its cell is gone, it is free. */
  async #free(driver: InstanceDriver): Promise<void> {
    const keyed = (verb: string) => this.#ownCall(verb);
    try {
      await driver.stop({ graceMs: 0 }, keyed("stop"));
      await driver.release(keyed("release"));
    } catch {
      // The cell ended, or frees it when it closes.
    }
  }

  #ownCall(verb: string): KeyedCall {
    const key = `spare-${++this.#moves}-${verb}`;
    return newCall({
      principal: "environment.remote",
      timeoutMs: freeTimeoutMs,
      key,
      now: this.#now,
    });
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
