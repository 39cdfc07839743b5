import { randomBytes } from "node:crypto";
import { newId, systemRandom } from "@bedplate/clock";
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
  type Recovery,
  readSnapshotChunks,
  type SnapshotManifest,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { ReadyBerths } from "./berth/ready-berths.ts";
import { machineConfigSchema } from "./config.ts";
import { buildMachine, clearMachine } from "./machine/build-machine.ts";
import type { Ground } from "./machine/ground.ts";
import { handleOf, Machine } from "./machine/machine.ts";
import { machineFolder } from "./machine/machine-folder.ts";
import { type MachineRecord, readRecord } from "./machine/machine-record.ts";
import type { ContainerDeclares } from "./manifest.ts";
import type { Roots } from "./rootfs/roots.ts";
import { type RestorePlaces, restoreImages } from "./snapshot/restore-disk.ts";
import type { DiskHeader } from "./snapshot/snapshot-format.ts";
import { unmetConstraints } from "./snapshot/unmet-constraints.ts";

/** What an opened environment stands on. */
export interface ContainerEnvironmentOptions {
  readonly host: HostPort;
  readonly ground: Ground;
  readonly ready: ReadyBerths;
  readonly roots: Roots;
}

/** The driver: machines are folders, cgroups and processes of this host. */
export class ContainerEnvironment implements EnvironmentDriver<ContainerDeclares> {
  readonly #host: HostPort;
  readonly #ground: Ground;
  readonly #ready: ReadyBerths;
  readonly #roots: Roots;
  /** Machines that this process speaks with. */
  readonly #machines = new Map<string, Machine>();

  constructor(options: ContainerEnvironmentOptions) {
    this.#host = options.host;
    this.#ground = options.ground;
    this.#ready = options.ready;
    this.#roots = options.roots;
  }

  async *fingerprint(_call: Call): AsyncIterable<Fingerprint> {
    yield { isHealthy: true, room: { instances: this.#room() } };
  }

  async admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    const bytes = await this.#host.use("blob:read").read(artifact, call);
    const reading = await this.#roots.look(bytes);
    if (reading.kind === "none") return { isAdmitted: false, reason: reading.reason };
    return { isAdmitted: true, instructionSet: "x86-64", entries: ["main"] };
  }

  async assess(snapshot: SnapshotManifest, _call: Call): Promise<readonly Constraint[]> {
    return unmetConstraints(snapshot, this.#ground);
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<Machine> {
    this.#checkRoom();
    const config = machineConfigSchema.parse(spec.config, { what: "the machine's config" });
    this.#checkVolumes(config.volumes ?? []);
    const bytes = await this.#host.use("blob:read").read(spec.artifact, call);
    const root = await this.#roots.prepare(bytes);
    const id = newId("machine", Date.now(), systemRandom);
    const berth = await this.#ready.take(id);
    const record: MachineRecord = {
      version: 1,
      id,
      key: call.key,
      release: this.#ground.release,
      owner: this.#host.owner,
      incarnation: randomBytes(16).toString("hex"),
      berth: berth.number,
      runtime: this.#ground.runtime,
      config,
      caps: this.#capsOf(spec.caps),
      env: { ...root.env, ...spec.env },
      egress: spec.egress,
      layers: root.layers,
      usesHost: root.usesHost,
      rootDigest: digestBytes(bytes),
      token: randomBytes(24).toString("hex"),
      createdAt: Date.now(),
    };
    try {
      return this.#machineOf(
        await buildMachine(this.#ground, record, this.#filler(spec.from, call)),
      );
    } catch (error) {
      await clearMachine(this.#ground, { id, berth: berth.number });
      throw error;
    }
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
    if (status.phase === "stopped" || status.phase === "failed") return { found: "ended", status };
    if (known === undefined) await this.#adopt(machine);
    return { found: "alive", instance: machine };
  }

  async *inventory(_call: Call): AsyncIterable<InstanceHandle> {
    for (const { machine } of this.#ground.berths.heldBy(this.#ground.holder)) {
      const record = readRecord(machineFolder(machine, this.#ground.config).record);
      if (record !== undefined) yield handleOf(record);
    }
  }

  async close(call: Call): Promise<void> {
    const isKept = this.#ground.config.onClose === "keep";
    for (const machine of this.#machines.values()) await machine.detach();
    if (!isKept) await this.#releaseAll(call);
    this.#machines.clear();
    await this.#ready[Symbol.asyncDispose]();
    await this.#ground.networks.close({ hasMachines: () => !this.#ground.berths.areAllFree() });
    this.#ground.cgroups.removeEmpty();
  }

  async #releaseAll(_call: Call): Promise<void> {
    for (const { machine: id, number: berth } of this.#ground.berths.heldBy(this.#ground.holder)) {
      if (id === "") continue;
      const record = readRecord(machineFolder(id, this.#ground.config).record);
      await clearMachine(this.#ground, { id, berth, record });
    }
  }

  #machineOf(record: MachineRecord): Machine {
    const known = this.#machines.get(record.id);
    if (known !== undefined) return known;
    const onReleased = () => void this.#machines.delete(record.id);
    const machine = new Machine(this.#ground, { record, onReleased });
    this.#machines.set(record.id, machine);
    return machine;
  }

  /** What ended with the earlier life of this host begins again: names are resolved, ports served. */
  async #adopt(machine: Machine): Promise<void> {
    const { berth, egress } = machine.record;
    if (egress !== undefined) await this.#ground.networks.adopt(berth, { egress });
    await machine.resume();
  }

  #filler(
    from: SnapshotManifest | undefined,
    call: KeyedCall,
  ): ((places: RestorePlaces) => Promise<DiskHeader>) | undefined {
    if (from === undefined) return undefined;
    return (places) => restoreImages(places, readSnapshotChunks(from, this.#host, call));
  }

  #capsOf(asked: Caps): Caps {
    const { memoryBytes, cpuMillis, processes, diskBytes, inodes } = this.#ground.config;
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    return { memoryBytes, cpuMillis, processes, diskBytes, inodes, ...Object.fromEntries(given) };
  }

  #room(): number {
    const { berths, config } = this.#ground;
    const held = berths.heldBy(this.#ground.holder).filter(({ machine }) => machine !== "").length;
    return Math.max(0, Math.min(berths.free(), config.machinesMax - held));
  }

  #checkRoom(): void {
    if (this.#room() > 0) return;
    const limit = this.#ground.config.machinesMax;
    throw raise("quota.exceeded", {
      op: "environment.create",
      detail: { meter: "instances", limit, asked: limit + 1 },
      message: `Cannot create the machine: there are ${limit} already`,
    });
  }

  #checkVolumes(volumes: readonly { readonly name: string }[]): void {
    const odd = volumes.find(({ name }) => this.#ground.config.volumes[name] === undefined);
    if (odd === undefined) return;
    throw raise("resource.missing", {
      op: "environment.create",
      detail: { type: "volume", id: odd.name },
      message: `Cannot create the machine: this host has no volume ${odd.name}`,
    });
  }
}
