import { newId, systemRandom } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import type {
  Admission,
  Call,
  EnvironmentDriver,
  Fingerprint,
  HostPort,
  InstanceHandle,
  InstanceSpec,
  KeyedCall,
  Recovery,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { loadEngine } from "./engine.ts";
import { GuestPool } from "./guest-pool.ts";
import { PythonInstance } from "./python-instance.ts";
import {
  type PythonConfig,
  type PythonDeclares,
  pythonManifest,
  settleConfig,
} from "./python-manifest.ts";
import { readScript } from "./script.ts";

/** The driver: scripts come from the host's artifacts, guests from a pool of processes. */
export class PythonEnvironment implements EnvironmentDriver<PythonDeclares> {
  readonly #host: HostPort;
  readonly #pool: GuestPool;
  readonly #instances = new Map<string, PythonInstance>();

  constructor(host: HostPort, config: PythonConfig) {
    this.#host = host;
    const cache = host.granted.has("cache") ? host.use("cache") : undefined;
    this.#pool = new GuestPool({
      engine: () => loadEngine({ cache, packagesPath: config.packagesPath }),
      warm: config.warmProcesses ?? 1,
      kept: config.keptProcesses ?? 4,
      most: config.processesMax ?? 8,
    });
  }

  async *fingerprint(_call: Call): AsyncIterable<Fingerprint> {
    yield { isHealthy: true, room: {} };
  }

  async admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    const reading = readScript(await this.#read(artifact, call));
    if (!reading.isScript) return { isAdmitted: false, reason: reading.reason };
    this.#pool.fill();
    return { isAdmitted: true, instructionSet: "python 3.14", entries: reading.entries };
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<PythonInstance> {
    const script = await this.#read(spec.artifact, call);
    const reading = readScript(script);
    if (!reading.isScript) throw notAScript(reading.reason);
    this.#pool.fill();
    const handle: InstanceHandle = {
      id: newId("python", Date.now(), systemRandom),
      key: call.key,
      release: pythonManifest.plugin.build,
      owner: this.#host.owner,
      incarnation: Buffer.from(systemRandom.bytes(16)).toString("hex"),
      state: new Uint8Array(),
    };
    const instance = new PythonInstance({
      handle,
      script,
      entries: reading.entries,
      config: settleConfig(spec.config),
      caps: spec.caps,
      tenant: call.principal,
      pool: this.#pool,
      onReleased: () => this.#instances.delete(handle.id),
    });
    this.#instances.set(handle.id, instance);
    return instance;
  }

  async recover(handle: InstanceHandle, call: Call): Promise<Recovery<PythonDeclares>> {
    if (handle.owner !== this.#host.owner) return { found: "foreign" };
    const instance = this.#instances.get(handle.id);
    if (instance === undefined) return { found: "absent" };
    if (instance.handle.incarnation !== handle.incarnation) return { found: "foreign" };
    const status = await instance.status(call);
    return status.phase === "stopped" || status.phase === "failed"
      ? { found: "ended", status }
      : { found: "alive", instance };
  }

  async *inventory(_call: Call): AsyncIterable<InstanceHandle> {
    for (const { handle } of this.#instances.values()) yield handle;
  }

  async close(_call: Call): Promise<void> {
    for (const instance of this.#instances.values()) instance.end();
    this.#instances.clear();
    this.#pool.close();
  }

  #read(artifact: Digest, call: Call): Promise<Uint8Array> {
    return this.#host.use("blob:read").read(artifact, call);
  }
}

function notAScript(reason: string): Error {
  return raise("argument.invalid", {
    op: "environment.create",
    detail: { path: "/artifact", rule: "a Python script" },
    message: `Cannot create the instance: ${reason}`,
  });
}
