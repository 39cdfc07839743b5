import { newId, systemRandom } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import {
  type Admission,
  type Call,
  type Constraint,
  type EnvironmentDriver,
  type Fingerprint,
  type HostPort,
  type InstanceDriver,
  type InstanceHandle,
  type InstanceSpec,
  type KeyedCall,
  type Manifest,
  noUsage,
  type Recovery,
  readSnapshotChunks,
  type SnapshotManifest,
  type VolumesDriver,
} from "@bedplate/environment";
import { isFault } from "@bedplate/errors";
import type { FakeOperations } from "../fake-operations.ts";
import { type FakeImage, parseImage } from "./fake-image.ts";
import { FakeMachine } from "./fake-machine.ts";
import { FakeMachineInstance } from "./fake-machine-instance.ts";
import type { FakeHosts } from "./fake-network.ts";
import { assessSnapshot, restoreMachine } from "./fake-snapshot.ts";
import type { FakeVolumes } from "./fake-volumes.ts";
import type { FakeMachineDeclares } from "./machine-manifest.ts";

/** What the opened environment stands on. */
export interface FakeMachineEnvironmentOptions {
  readonly host: HostPort;
  readonly manifest: Manifest<FakeMachineDeclares>;
  /** The machines by their ids: they outlive a host that is dropped without `close`. */
  readonly room: Map<string, FakeMachine>;
  readonly volumes: FakeVolumes;
  readonly operations: FakeOperations;
  readonly hosts: FakeHosts;
}

/** Most machines of one host. */
const instancesMax = 4096;

/** The driver of fake machines. */
export class FakeMachineEnvironment implements EnvironmentDriver<FakeMachineDeclares> {
  readonly volumes: VolumesDriver | undefined;
  readonly #options: FakeMachineEnvironmentOptions;

  constructor(options: FakeMachineEnvironmentOptions) {
    this.#options = options;
    const { volumes, operations, host } = options;
    const { owner } = host;
    if (options.manifest.declares.exec.volumes !== true) return;
    this.volumes = {
      async *list(call) {
        await operations.begin("volumes.list", call.signal);
        yield* volumes.list(owner);
      },
      async erase(volume, call) {
        await operations.begin("volumes.erase", call.signal);
        volumes.erase(owner, volume);
      },
    };
  }

  async *fingerprint(_call: Call): AsyncIterable<Fingerprint> {
    yield { isHealthy: true, room: { instances: instancesMax - this.#own().length } };
  }

  async admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    await this.#options.operations.begin("admit", call.signal);
    try {
      await this.#image(artifact, call);
      return { isAdmitted: true, instructionSet: "fake-machine 1", entries: [] };
    } catch (error) {
      if (!isFault(error, "argument.invalid")) throw error;
      return { isAdmitted: false, reason: error.message.slice(0, 512) };
    }
  }

  async assess(snapshot: SnapshotManifest, call: Call): Promise<readonly Constraint[]> {
    await this.#options.operations.begin("assess", call.signal);
    return assessSnapshot(snapshot);
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<InstanceDriver<FakeMachineDeclares>> {
    const { host, manifest, room, volumes, operations, hosts } = this.#options;
    await operations.begin("create", call.signal);
    const image = await this.#image(spec.artifact, call);
    const handle: InstanceHandle = {
      id: newId("machine", operations.clock.now(), systemRandom),
      key: call.key,
      release: manifest.plugin.build,
      owner: host.owner,
      incarnation: Buffer.from(systemRandom.bytes(16)).toString("hex"),
      state: new Uint8Array(),
    };
    const machine = new FakeMachine({ handle, spec, image, operations, hosts });
    const { from } = spec;
    if (from !== undefined) await restoreMachine(machine, readSnapshotChunks(from, host, call));
    volumes.mount(machine);
    room.set(handle.id, machine);
    return this.#driverOf(machine);
  }

  async recover(handle: InstanceHandle, call: Call): Promise<Recovery<FakeMachineDeclares>> {
    const { host, room, operations } = this.#options;
    await operations.begin("recover", call.signal);
    if (handle.owner !== host.owner) return { found: "foreign" };
    const machine = room.get(handle.id);
    if (machine === undefined) return { found: "absent" };
    const { incarnation, owner } = machine.handle;
    if (incarnation !== handle.incarnation || owner !== handle.owner) return { found: "foreign" };
    if (machine.phase !== "stopped") return { found: "alive", instance: this.#driverOf(machine) };
    const { phase, sinceAt, exit } = machine;
    return { found: "ended", status: { phase, sinceAt, usage: noUsage, ...(exit && { exit }) } };
  }

  async *inventory(_call: Call): AsyncIterable<InstanceHandle> {
    for (const { handle, phase } of this.#own()) if (phase !== "stopped") yield handle;
  }

  async close(call: Call): Promise<void> {
    const { room, operations } = this.#options;
    await operations.begin("close", call.signal);
    for (const machine of this.#own()) {
      await machine.release();
      this.#options.volumes.unmount(machine);
      room.delete(machine.handle.id);
    }
  }

  #own(): readonly FakeMachine[] {
    const { room, host } = this.#options;
    return [...room.values()].filter(({ handle }) => handle.owner === host.owner);
  }

  async #image(artifact: Digest, call: Call): Promise<FakeImage> {
    return parseImage(await this.#options.host.use("blob:read").read(artifact, call));
  }

  #driverOf(machine: FakeMachine): FakeMachineInstance {
    const { manifest, room, volumes } = this.#options;
    const { clones } = manifest.declares.snapshot;
    const onReleased = () => {
      volumes.unmount(machine);
      room.delete(machine.handle.id);
    };
    return new FakeMachineInstance(machine, { clones, onReleased });
  }
}
