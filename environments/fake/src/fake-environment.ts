import { newId, systemRandom } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import type {
  Admission,
  Call,
  EnvironmentDriver,
  Fingerprint,
  HostPort,
  InstanceDriver,
  InstanceHandle,
  InstanceSpec,
  Invocation,
  InvocationCheck,
  KeyedCall,
  Manifest,
  Recovery,
} from "@bedplate/environment";
import { isFault } from "@bedplate/errors";
import { checkScript } from "./fake-check.ts";
import { FakeInstance } from "./fake-instance.ts";
import type { FakeDeclares } from "./fake-manifest.ts";
import type { FakeOperations } from "./fake-operations.ts";
import { FakeCell, type FakeRoom } from "./fake-room.ts";
import { stepsOf } from "./fake-run.ts";
import { type FakeScript, parseScript } from "./fake-script.ts";

/** What an opened fake stands on. */
export interface FakeEnvironmentOptions {
  readonly host: HostPort;
  readonly manifest: Manifest<FakeDeclares>;
  readonly room: FakeRoom;
  readonly operations: FakeOperations;
}

/** Most instances of one host. */
const instancesMax = 4096;

/** The driver: scripts come from the host's artifacts, instances live in the plug-in's room. */
export class FakeEnvironment implements EnvironmentDriver<FakeDeclares> {
  readonly #host: HostPort;
  readonly #manifest: Manifest<FakeDeclares>;
  readonly #room: FakeRoom;
  readonly #operations: FakeOperations;

  constructor(options: FakeEnvironmentOptions) {
    this.#host = options.host;
    this.#manifest = options.manifest;
    this.#room = options.room;
    this.#operations = options.operations;
  }

  async *fingerprint(_call: Call): AsyncIterable<Fingerprint> {
    const instances = instancesMax - this.#room.ownedBy(this.#host.owner).length;
    yield { isHealthy: true, room: { instances } };
  }

  async admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    await this.#operations.begin("admit", call.signal);
    try {
      const { entries = {} } = await this.#script(artifact, call);
      const names = ["main", ...Object.keys(entries).sort()];
      const batch = { opens: "open-batch", closes: "close-batch" };
      const hasBatch = names.includes(batch.opens) && names.includes(batch.closes);
      const plain = { isAdmitted: true, instructionSet: "fake 1", entries: names } as const;
      return hasBatch ? { ...plain, batch } : plain;
    } catch (error) {
      if (!isFault(error, "argument.invalid")) throw error;
      return { isAdmitted: false, reason: error.message.slice(0, 512) };
    }
  }

  async check(artifact: Digest, invocation: Invocation, call: Call): Promise<InvocationCheck> {
    await this.#operations.begin("check", call.signal);
    const steps = stepsOf(await this.#script(artifact, call), invocation.entry);
    return checkScript(steps, { invocation, call });
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<InstanceDriver<FakeDeclares>> {
    await this.#operations.begin("create", call.signal);
    const script = await this.#script(spec.artifact, call);
    const now = this.#operations.clock.now();
    const handle: InstanceHandle = {
      id: newId("fake", now, systemRandom),
      key: call.key,
      release: this.#manifest.plugin.build,
      owner: this.#host.owner,
      incarnation: Buffer.from(systemRandom.bytes(16)).toString("hex"),
      state: new Uint8Array(),
    };
    const cell = new FakeCell({ handle, spec, script, now });
    this.#room.put(cell);
    return this.#driverOf(cell);
  }

  async recover(handle: InstanceHandle, call: Call): Promise<Recovery<FakeDeclares>> {
    await this.#operations.begin("recover", call.signal);
    if (handle.owner !== this.#host.owner) return { found: "foreign" };
    const cell = this.#room.get(handle.id);
    if (cell === undefined) return { found: "absent" };
    const isSame = cell.handle.incarnation === handle.incarnation;
    if (!isSame || cell.handle.owner !== handle.owner) return { found: "foreign" };
    if (cell.phase !== "stopped") return { found: "alive", instance: this.#driverOf(cell) };
    const { phase, sinceAt, usage, exit } = cell;
    return { found: "ended", status: { phase, sinceAt, usage, ...(exit && { exit }) } };
  }

  async *inventory(_call: Call): AsyncIterable<InstanceHandle> {
    for (const { handle, phase } of this.#room.ownedBy(this.#host.owner)) {
      if (phase !== "stopped") yield handle;
    }
  }

  async close(call: Call): Promise<void> {
    await this.#operations.begin("close", call.signal);
    for (const cell of this.#room.ownedBy(this.#host.owner)) {
      cell.move("released", this.#operations.clock.now());
      this.#room.delete(cell.handle.id);
    }
  }

  async #script(artifact: Digest, call: Call): Promise<FakeScript> {
    return parseScript(await this.#host.use("blob:read").read(artifact, call));
  }

  #driverOf(cell: FakeCell): FakeInstance {
    return new FakeInstance(cell, { room: this.#room, operations: this.#operations });
  }
}
