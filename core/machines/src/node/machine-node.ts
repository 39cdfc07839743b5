import type { BlobStore } from "@bedplate/blob";
import type { Clock } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import type { Environment, Instance, InstanceHandle } from "@bedplate/environment";
import { isFault, toFault } from "@bedplate/errors";
import type { Registry, ReleaseUse } from "@bedplate/registry";
import type { Log } from "@bedplate/telemetry";
import type { Machine } from "../machine.ts";
import type { HeldMachine } from "../machine-access.ts";
import { Departures } from "./departures.ts";
import { instanceCall, machineOfKey, readHandle } from "./instance-form.ts";
import { MachineKeeper, recordOf } from "./machine-keeper.ts";
import type { NodeControl } from "./node-control.ts";
import { eraseVolumes } from "./volume-eraser.ts";

/** What a node is built from. */
export interface NodeModules {
  readonly id: string;
  readonly control: NodeControl;
  readonly registry: Registry;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks again whether the node is to give up its machines, and calls `setLeaving` with the answer. */
  readonly ask?: (() => Promise<void>) | undefined;
  /** Keeps requests for a machine's ports back, and waits until those that go on have ended. */
  readonly hush?: ((machine: Machine) => Promise<Disposable>) | undefined;
}

/** How often running machines are looked at. */
const lookMs = 2_000;
/** How often the node compares all it has with all it should have. */
const compareMs = 60_000;
const recoverMs = 30_000;
const againMs = 1_000;
/** How many machines that are over are remembered. */
const overMax = 10_000;

/** One host's machines: makes what is wanted, finds what is there, removes what nobody wants. */
export class MachineNode implements AsyncDisposable {
  readonly #modules: NodeModules;
  readonly #keepers = new Map<string, MachineKeeper>();
  readonly #uses = new Map<string, ReleaseUse>();
  /** Machines that come back here while what they had here before is being ended. */
  readonly #returning = new Map<string, Machine>();
  readonly #departures: Departures;
  #isLeaving = false;
  /** The epoch of each machine that was over here lately. */
  readonly #over = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #found = Promise.withResolvers<void>();
  #loops: Promise<void>[] = [];
  #comparing: Promise<void> = Promise.resolve();
  #isStarted = false;

  constructor(modules: NodeModules) {
    this.#modules = modules;
    this.#departures = new Departures(modules.hush, this.#stopping.signal);
  }

  get id(): string {
    return this.#modules.id;
  }

  /** Machines that this node has. */
  get size(): number {
    return this.#keepers.size;
  }

  /** Finds what an earlier life left, then follows what is wanted. */
  async start(): Promise<void> {
    const { signal } = this.#stopping;
    // Changes that come while it looks are not missed.
    const onGap = () => void this.#compareAtOnce();
    const changes = this.#modules.control.follow(this.id, signal, onGap);
    this.#loops = [this.#follow(changes)];
    this.#isStarted = true;
    try {
      await this.#compare({ isFirst: true });
    } finally {
      this.#found.resolve();
    }
    this.#loops.push(this.#lookAround(), this.#compareAgain());
  }

  /** Gives up its machines, where they can be moved; or keeps them. */
  setLeaving(isLeaving: boolean): void {
    if (this.#isLeaving === isLeaving) return;
    this.#isLeaving = isLeaving;
    for (const keeper of this.#keepers.values()) keeper.wake();
  }

  /** Compares what it has with what it should have, at once: it was away for long. Before its start: nothing. */
  async compare(): Promise<void> {
    if (this.#isStarted) await this.#compare({ isFirst: false });
  }

  /** A machine that runs here, or is paused here. */
  find(id: string): HeldMachine | undefined {
    return this.#keepers.get(id)?.held;
  }

  /** Lets go of everything: machines go on as they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort("stopping");
    await Promise.allSettled([...this.#loops, this.#comparing]);
    await Promise.allSettled([...this.#keepers.values()].map((each) => each.leave()));
    this.#keepers.clear();
    for (const use of this.#uses.values()) use[Symbol.dispose]();
    this.#uses.clear();
  }

  async #follow(changes: AsyncIterable<Machine>): Promise<void> {
    const { signal } = this.#stopping;
    try {
      for await (const machine of changes) {
        await this.#found.promise;
        if (machine.node === this.id) this.#take(machine);
        else this.#keepers.get(machine.id)?.yield(machine);
      }
    } catch (error) {
      if (!signal.aborted) this.#warn("changes not followed", error);
    }
  }

  /** A machine of this node: its keeper is told, or made for a new one. */
  #take(machine: Machine): void {
    const keeper = this.#keepers.get(machine.id);
    if (keeper !== undefined) {
      const isAnother = machine.epoch > keeper.machine.epoch;
      if (isAnother) this.#returning.set(machine.id, machine);
      if (isAnother) keeper.yield(machine);
      else keeper.tell(machine);
      return;
    }
    // What is told late of a machine that is over does not bring it back.
    if ((this.#over.get(machine.id) ?? 0) >= machine.epoch) return;
    const isNew = machine.instance === undefined && machine.observed.state === "scheduled";
    const environment = this.#environmentOf(machine.slot);
    // One with an earlier life is found by comparing, never made anew.
    if (isNew && environment !== undefined) this.#keep(machine, { environment });
  }

  #keep(
    machine: Machine,
    found: { readonly environment: Environment; readonly instance?: Instance | undefined },
  ): void {
    const { id: node, control, blobs, clock, log } = this.#modules;
    const { id } = machine;
    // A change may have made one while the instance was looked for.
    if (this.#keepers.has(id)) return;
    const onOver = () => this.#forget(machine, keeper);
    const isLeaving = () => this.#isLeaving && !this.#stopping.signal.aborted;
    const departure = (each: Machine, work: () => Promise<Machine>) => this.#depart(each, work);
    const ground = { node, control, blobs, clock, log, isLeaving, departure };
    const keeper: MachineKeeper = new MachineKeeper(ground, { machine, ...found, onOver });
    this.#keepers.set(id, keeper);
    keeper.wake();
  }

  /** A machine that came when the node was to keep its machines again does not leave. */
  #depart(machine: Machine, work: () => Promise<Machine>): Promise<Machine> {
    return this.#departures.run(machine, async () => {
      await this.#modules.ask?.();
      return this.#isLeaving ? work() : machine;
    });
  }

  #forget({ id, epoch }: Machine, keeper: MachineKeeper): void {
    if (this.#keepers.get(id) !== keeper) return;
    this.#keepers.delete(id);
    this.#over.set(id, epoch);
    const [oldest] = this.#over.keys();
    if (this.#over.size > overMax && oldest !== undefined) this.#over.delete(oldest);
    const again = this.#returning.get(id);
    this.#returning.delete(id);
    if (again !== undefined) this.#take(again);
  }

  /** One comparison after the other: two would find one machine twice. */
  #compare(options: { readonly isFirst: boolean }): Promise<void> {
    const compared = this.#comparing.then(() => this.#compareAll(options));
    this.#comparing = compared.catch(() => {});
    return compared;
  }

  /** Machines on record against instances that are there. */
  async #compareAll({ isFirst }: { readonly isFirst: boolean }): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const wanted = new Map<string, Machine>();
    for await (const machine of this.#modules.control.held(this.id)) {
      wanted.set(machine.id, machine);
    }
    await this.#giveUpStrangers(wanted);
    for (const { slot, mounted } of this.#modules.registry.slots.list()) {
      if (mounted.environment.manifest.declares.exec === undefined) continue;
      const environment = this.#environmentOf(slot);
      if (environment === undefined) continue;
      await this.#compareSlot(slot, { environment, wanted, isFirst });
    }
  }

  /** What it keeps, and was given to others while it did not hear of that. */
  async #giveUpStrangers(wanted: ReadonlyMap<string, Machine>): Promise<void> {
    for (const [id, keeper] of [...this.#keepers]) {
      const record = wanted.get(id);
      if (record?.epoch === keeper.machine.epoch) {
        // A wish that it did not hear of.
        if (record.edition > keeper.machine.edition) keeper.tell(record);
        continue;
      }
      try {
        const machine = await this.#modules.control.get(keeper.machine);
        if (machine.node === this.id) this.#take(machine);
        else keeper.yield(machine);
      } catch (error) {
        // It was deleted so long ago that nobody remembers it.
        if (isFault(error, "resource.missing")) keeper.end();
        else this.#warn("machine not looked up", error);
      }
    }
  }

  async #compareSlot(
    slot: string,
    options: {
      readonly environment: Environment;
      readonly wanted: ReadonlyMap<string, Machine>;
      readonly isFirst: boolean;
    },
  ): Promise<void> {
    const { environment, wanted, isFirst } = options;
    const handles = new Map<string, InstanceHandle>();
    for await (const handle of environment.inventory(this.#call(slot))) {
      const key = machineOfKey(handle.key);
      const machine = key && wanted.get(key.id);
      const isOwn = machine?.slot === slot && machine.attempt === key?.attempt;
      if (isOwn) handles.set(machine.id, handle);
      // Later on, what is not on record may just be being made.
      else if (isFirst) await this.#remove(environment, handle);
    }
    const mine = [...wanted.values()].filter((each) => each.slot === slot);
    await Promise.all(
      mine
        .filter(({ id }) => !this.#keepers.has(id))
        .map((machine) => this.#recover(machine, { environment, handle: handles.get(machine.id) })),
    );
  }

  /** Finds a machine of an earlier life. Where asking fails, the next comparison asks again. */
  async #recover(
    machine: Machine,
    options: { readonly environment: Environment; readonly handle: InstanceHandle | undefined },
  ): Promise<void> {
    const { environment } = options;
    const stored = machine.instance && readHandle(machine.instance.handle);
    const handle = options.handle ?? stored;
    if (handle === undefined) return this.#keep(machine, { environment });
    try {
      const found = await environment.recover(recordOf(machine, handle), this.#call(machine.id));
      const instance = found.found === "alive" ? found.instance : undefined;
      this.#modules.log.info("machine looked for", { machineId: machine.id, found: found.found });
      this.#keep(machine, { environment, instance });
    } catch (error) {
      this.#warn("machine not found again", error);
    }
  }

  /** An instance that no record names: it was being made when a process died, or was deleted meanwhile. */
  async #remove(environment: Environment, handle: InstanceHandle): Promise<void> {
    this.#modules.log.info("orphan removed", { instance: handle.id });
    const spec = { artifact: digestBytes(new Uint8Array()), config: {}, caps: {}, labels: {} };
    try {
      const found = await environment.recover({ handle, spec }, this.#call(handle.key));
      if (found.found !== "alive") return;
      if (/^(running|paused)$/.test(found.instance.phase)) {
        await found.instance.stop({ graceMs: 0 }, this.#call(handle.key));
      }
      await found.instance.release(this.#call(handle.key));
    } catch (error) {
      this.#warn("orphan not removed", error);
    }
  }

  async #lookAround(): Promise<void> {
    const { clock } = this.#modules;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(lookMs, { signal }).catch(() => {});
      if (signal.aborted) return;
      await this.#followSwaps();
      for (const keeper of this.#keepers.values()) await keeper.look();
      await this.eraseVolumes();
    }
  }

  /** Erases what is in volumes that were deleted; what fails is tried again by the next look. */
  async eraseVolumes(): Promise<void> {
    const { control, log } = this.#modules;
    const environmentOf = (slot: string) => this.#environmentOf(slot);
    const machines = () => [...this.#keepers.values()].map(({ machine }) => machine);
    const call = (key: string) => this.#call(key);
    const ground = { node: this.id, control, log, environmentOf, machines, call };
    await eraseVolumes(ground).catch((error: unknown) => {
      if (!isFault(error)) throw error;
      this.#warn("volumes not looked for", error);
    });
  }

  /** Machines of a slot that was swapped are taken over by the release that it was swapped to. */
  async #followSwaps(): Promise<void> {
    const live = this.#modules.registry.slots.list();
    for (const [slot, use] of [...this.#uses]) {
      const now = live.find((each) => each.slot === slot)?.mounted.environment;
      if (now === use.environment) continue;
      const moving = [...this.#keepers.values()].filter((each) => each.machine.slot === slot);
      await Promise.allSettled(moving.map((each) => each.leave()));
      for (const { machine } of moving) this.#keepers.delete(machine.id);
      this.#uses.delete(slot);
      use[Symbol.dispose]();
      this.#modules.log.info("machines follow their slot", { slot, machines: moving.length });
      if (now === undefined) continue;
      await this.#compareAtOnce();
    }
  }

  async #compareAtOnce(): Promise<void> {
    await this.compare().catch((error: unknown) => this.#warn("machines not compared", error));
  }

  async #compareAgain(): Promise<void> {
    const { clock } = this.#modules;
    const { signal } = this.#stopping;
    for (let waitMs = againMs; ; waitMs = compareMs) {
      await clock.sleep(waitMs, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#compare({ isFirst: false });
      } catch (error) {
        if (!isFault(error)) throw error;
        this.#warn("machines not compared", error);
      }
    }
  }

  /** The release of a slot is kept mounted for as long as the node runs. */
  #environmentOf(slot: string): Environment | undefined {
    const known = this.#uses.get(slot);
    if (known !== undefined) return known.environment;
    const { slots } = this.#modules.registry;
    if (!slots.list().some((each) => each.slot === slot)) return undefined;
    const use = slots.use(slot);
    this.#uses.set(slot, use);
    return use.environment;
  }

  #call(key: string): ReturnType<typeof instanceCall> {
    return instanceCall({ key, timeoutMs: recoverMs, now: () => this.#modules.clock.now() });
  }

  #warn(message: string, error: unknown): void {
    const { code, message: reason } = toFault(error, "machines.node");
    this.#modules.log.warn(message, { code, reason });
  }
}
