import { type Digest, digestBytes } from "@bedplate/codec";
import {
  type Admission,
  type Call,
  type Caps,
  type Constraint,
  type EnvironmentDriver,
  type Fingerprint,
  type HostPort,
  type InstanceHandle,
  type InstanceSpec,
  type KeyedCall,
  newCall,
  type Recovery,
  readSnapshotChunks,
  type SnapshotManifest,
} from "@bedplate/environment";
import { type FaultError, raise } from "@bedplate/errors";
import type { NamedBerth, ReadyBerths } from "./berth/ready-berths.ts";
import { checkCapRanges } from "./cap-ranges.ts";
import { machineConfigSchema } from "./config.ts";
import { buildMachine, clearMachine } from "./machine/build-machine.ts";
import { EndedMachines } from "./machine/ended-machines.ts";
import { type Ground, hostTimeoutMs } from "./machine/ground.ts";
import { handleOf, Machine } from "./machine/machine.ts";
import { readExit } from "./machine/machine-exit.ts";
import { machineFolder } from "./machine/machine-folder.ts";
import { type MachinePlan, recordOf } from "./machine/machine-plan.ts";
import {
  knownRecord,
  type MachineRecord,
  readRecord,
  recordOrLeft,
} from "./machine/machine-record.ts";
import { releaseSpare, WarmMachines } from "./machine/warm-machines.ts";
import type { ContainerDeclares } from "./manifest.ts";
import { machineUser } from "./rootfs/host-skeleton.ts";
import type { Roots } from "./rootfs/roots.ts";
import { settleStanding } from "./snapshot/copy-standing.ts";
import { type RestorePlaces, restoreImages } from "./snapshot/restore-disk.ts";
import type { DiskHeader } from "./snapshot/snapshot-format.ts";
import { unmetConstraints } from "./snapshot/unmet-constraints.ts";
import type { Volumes } from "./volumes/volumes.ts";

/** How many machines are taken away at the same time when the environment closes. */
const releasesMax = 8;

/** What an opened environment stands on. */
export interface ContainerEnvironmentOptions {
  readonly host: HostPort;
  readonly ground: Ground;
  readonly ready: ReadyBerths;
  readonly roots: Roots;
  /** Left out for machines that have none. */
  readonly volumes?: Volumes | undefined;
}

/** The driver: machines are folders, cgroups and processes of this host. */
export class ContainerEnvironment implements EnvironmentDriver<ContainerDeclares> {
  readonly volumes: Volumes | undefined;
  readonly #host: HostPort;
  readonly #ground: Ground;
  readonly #ready: ReadyBerths;
  readonly #roots: Roots;
  readonly #warm: WarmMachines;
  readonly #ended: EndedMachines = new EndedMachines();
  /** Machines that this process speaks with. */
  readonly #machines = new Map<string, Machine>();
  /** All that are there, also those that an earlier life of this host made. */
  readonly #held: Set<string>;
  /** Places of machines that are being made and have no name yet. */
  #reserved = 0;
  /** Places that somebody waits for: no spare is made in them. */
  #awaited = 0;

  constructor(options: ContainerEnvironmentOptions) {
    this.#host = options.host;
    this.#ground = options.ground;
    this.#ready = options.ready;
    this.#roots = options.roots;
    this.volumes = options.volumes;
    const { berths, holder } = options.ground;
    this.#held = new Set(berths.heldBy(holder).map(({ machine }) => machine));
    this.#warm = new WarmMachines({
      make: (plan) => this.#makeSpare(plan),
      wanted: options.ground.config.warmMachines,
      kindsMax: options.ground.config.warmKinds,
    });
  }

  async *fingerprint(_call: Call): AsyncIterable<Fingerprint> {
    yield { isHealthy: true, room: { instances: this.#roomAtMost() } };
  }

  async admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    const bytes = await this.#host.use("blob:read").read(artifact, call);
    const reading = await this.#roots.look(bytes, call);
    if (reading.kind === "none") return { isAdmitted: false, reason: reading.reason };
    return { isAdmitted: true, instructionSet: "x86-64", entries: ["main"] };
  }

  async assess(snapshot: SnapshotManifest, _call: Call): Promise<readonly Constraint[]> {
    return unmetConstraints(snapshot, this.#ground);
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<Machine> {
    void this.#ended.sweep();
    if (this.#room() === 0) await this.#warm.made();
    if (this.#roomAtMost() === 0) throw this.#isFull();
    const config = machineConfigSchema.parse(spec.config, { what: "the machine's config" });
    this.#checkFolders(config.hostFolders ?? []);
    const bytes = await this.#host.use("blob:read").read(spec.artifact, call);
    const root = await this.#roots.prepare(bytes, call);
    const { layers, usesHost, user, workdir } = root;
    const hasVolumes = (spec.volumes ?? []).length > 0;
    const plan: MachinePlan = {
      config: { ...config, user: config.user ?? agentUser(user) },
      caps: this.#capsOf(spec.caps),
      env: { ...root.env, ...spec.env },
      egress: spec.egress,
      ...(hasVolumes && { volumes: spec.volumes }),
      layers,
      usesHost,
      rootDigest: digestBytes(bytes),
      // Whoever chooses the agent's user has chosen for all that names none.
      process: { user: config.user === undefined ? user : undefined, workdir },
    };
    // One that stands ready was mounted before anyone said what.
    const isPooled = spec.from === undefined && !hasVolumes;
    const warm = isPooled ? await this.#takeWarm(plan, call.key) : undefined;
    if (warm !== undefined) return warm;
    await this.#reserve();
    return this.#make(plan, { key: call.key, ...this.#filler(spec, call) });
  }

  /** A machine of the pool, now its owner's; one that cannot be given is nobody's any more. */
  async #takeWarm(plan: MachinePlan, key: string): Promise<Machine | undefined> {
    const spare = this.#warm.take(plan);
    if (spare === undefined) return undefined;
    try {
      await spare.give(plan, key);
      return this.#keep(spare);
    } catch {
      await releaseSpare(spare);
      return undefined;
    }
  }

  /** Keeps a place for a machine that is made next; what nobody has goes where there is none. */
  async #reserve(): Promise<void> {
    this.#awaited += 1;
    try {
      while (this.#room() === 0) {
        if (!(await this.#ended.giveWay()) && !(await this.#warm.giveWay())) throw this.#isFull();
      }
    } finally {
      this.#awaited -= 1;
    }
    this.#reserved += 1;
  }

  async recover(handle: InstanceHandle, call: Call): Promise<Recovery<ContainerDeclares>> {
    if (handle.owner !== this.#host.owner) return { found: "foreign" };
    const known = this.#machines.get(handle.id);
    const record =
      known?.record ?? readRecord(machineFolder(handle.id, this.#ground.config).record);
    if (record === undefined) return { found: "absent" };
    if (record.incarnation !== handle.incarnation || record.owner !== handle.owner) {
      return { found: "foreign" };
    }
    const machine = known ?? this.#machineOf(record);
    const status = await machine.status(call);
    if (status.phase === "stopped" || status.phase === "failed") {
      // It ended while nobody was there: its volumes are whoever's asks for them next.
      if (known === undefined) {
        this.volumes?.drop(record.id);
        this.#ended.keep(machine);
      }
      return { found: "ended", status };
    }
    if (known === undefined) await this.#adopt(machine);
    return { found: "alive", instance: machine };
  }

  async *inventory(_call: Call): AsyncIterable<InstanceHandle> {
    for (const { machine } of this.#ground.berths.heldBy(this.#ground.holder)) {
      const folder = machineFolder(machine, this.#ground.config);
      const record = knownRecord(folder.record);
      const isAlive = record?.isSpare !== true && readExit(folder.exit) === undefined;
      if (record !== undefined && isAlive) yield handleOf(record);
    }
  }

  async close(_call: Call): Promise<void> {
    const isKept = this.#ground.config.onClose === "keep";
    await this.#warm[Symbol.asyncDispose]();
    for (const machine of this.#machines.values()) await machine.detach();
    await this.#ready[Symbol.asyncDispose]();
    if (!isKept) await this.#releaseAll();
    this.#machines.clear();
    await this.#roots.settled();
    await this.#ground.networks.close({ hasMachines: () => !this.#ground.berths.areAllFree() });
    this.#ground.cgroups.removeEmpty();
  }

  async #releaseAll(): Promise<void> {
    const { berths, holder, config } = this.#ground;
    const left = berths.heldBy(holder)[Symbol.iterator]();
    const lane = async () => {
      for (const { machine: id, number: berth } of left) {
        const read = recordOrLeft(machineFolder(id, config).record);
        if (read !== undefined) await clearMachine(this.#ground, { id, berth, ...read });
      }
    };
    // Most of it is waiting for the kernel.
    await Promise.all(Array.from({ length: releasesMax }, lane));
  }

  /** Makes a machine in the place that was reserved for it. */
  async #make(
    plan: MachinePlan,
    options: {
      readonly key: string;
      readonly isSpare?: boolean;
      readonly restore?: (places: RestorePlaces) => Promise<DiskHeader>;
    },
  ): Promise<Machine> {
    const { key, isSpare, restore } = options;
    const { id, incarnation, berth: place } = await this.#place();
    const berth = place.number;
    const planned = {
      ...recordOf(this.#ground, plan, { id, incarnation, key, berth }),
      ...(isSpare && { isSpare }),
    };
    try {
      await this.volumes?.take(id, planned.volumes ?? []);
      const record = await buildMachine(this.#ground, planned, restore);
      return isSpare
        ? new Machine(this.#ground, { record, onReleased: () => this.#forget(id) })
        : this.#machineOf(record);
    } catch (error) {
      this.#held.delete(id);
      await clearMachine(this.#ground, { id, berth });
      this.volumes?.drop(id);
      throw error;
    }
  }

  /** A berth, and the name of who is in it; what was reserved is that one's now. */
  async #place(): Promise<NamedBerth> {
    try {
      const named = await this.#ready.take();
      this.#held.add(named.id);
      return named;
    } finally {
      this.#reserved -= 1;
    }
  }

  async #makeSpare(plan: MachinePlan): Promise<Machine | undefined> {
    if (this.#room() <= this.#awaited) return undefined;
    this.#reserved += 1;
    const machine = await this.#make(plan, { key: "", isSpare: true });
    try {
      await machine.warmUp(newCall({ principal: "pool", timeoutMs: hostTimeoutMs, key: "" }));
      return machine;
    } catch (error) {
      await releaseSpare(machine);
      throw error;
    }
  }

  #machineOf(record: MachineRecord): Machine {
    const known = this.#machines.get(record.id);
    if (known !== undefined) return known;
    const onReleased = () => this.#forget(record.id);
    return this.#keep(new Machine(this.#ground, { record, onReleased }));
  }

  #forget(id: string): void {
    this.#held.delete(id);
    this.volumes?.drop(id);
    // A spare that goes leaves its place to who asked for it.
    if (!this.#machines.delete(id)) return;
    this.#roots.sweepSometimes();
    this.#warm.topUp();
  }

  #keep(machine: Machine): Machine {
    this.#machines.set(machine.handle.id, machine);
    return machine;
  }

  /**
   * What ended with the earlier life of this host begins again: names are resolved, ports served. A
   * machine that stood still for a capture goes on.
   */
  async #adopt(machine: Machine): Promise<void> {
    await settleStanding(machine);
    const { berth, egress } = machine.record;
    if (egress !== undefined) await this.#ground.networks.adopt(berth, { egress });
    await machine.resume();
  }

  #filler(
    { from }: InstanceSpec,
    call: KeyedCall,
  ): { readonly restore?: (places: RestorePlaces) => Promise<DiskHeader> } {
    if (from === undefined) return {};
    return {
      restore: (places) => restoreImages(places, readSnapshotChunks(from, this.#host, call)),
    };
  }

  #capsOf(asked: Caps): Caps {
    checkCapRanges(asked);
    const { memoryBytes, cpuMillis, processes, diskBytes, inodes } = this.#ground.config;
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    return { memoryBytes, cpuMillis, processes, diskBytes, inodes, ...Object.fromEntries(given) };
  }

  #room(): number {
    const { berths, config } = this.#ground;
    const free = Math.min(berths.free(), config.machinesMax - this.#held.size);
    return Math.max(0, free - this.#reserved);
  }

  /** With the places of machines that go when they are needed. */
  #roomAtMost(): number {
    return this.#room() + this.#warm.count + this.#ended.count;
  }

  #isFull(): FaultError {
    const limit = this.#ground.config.machinesMax;
    return raise("quota.exceeded", {
      op: "environment.create",
      detail: { meter: "instances", limit, asked: limit + 1 },
      message: `Cannot create the machine: there are ${limit} already`,
    });
  }

  #checkFolders(folders: readonly { readonly name: string }[]): void {
    const known = this.#ground.config.hostFolders;
    const odd = folders.find(({ name }) => !Object.hasOwn(known, name));
    if (odd === undefined) return;
    throw raise("resource.missing", {
      op: "environment.create",
      detail: { type: "host folder", id: odd.name },
      message: `Cannot create the machine: this host lends no folder ${odd.name}`,
    });
  }
}

/** Only root can become whoever a root file system names. */
function agentUser(user: string | undefined): "user" | "root" {
  return user === undefined || user === machineUser.name ? "user" : "root";
}
