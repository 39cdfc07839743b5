import { randomUUID } from "node:crypto";
import { type Digest, decodeCbor, encodeCbor } from "@bedplate/codec";
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
import { Artifacts } from "./artifacts.ts";
import type { JavascriptConfig, JavascriptInstanceConfig } from "./config.ts";
import { JavascriptInstance } from "./javascript-instance.ts";
import { type JavascriptDeclares, manifest } from "./manifest.ts";
import { RealWorld } from "./real-world.ts";
import type { GuestThreads } from "./thread/guest-threads.ts";

/** Version of `InstanceHandle.state`: `[version]` in CBOR. Instances live in memory alone. */
const stateVersion = 1;

/** The driver: threads of guests, artifacts that were looked at, and live instances. */
export class JavascriptEnvironment implements EnvironmentDriver<JavascriptDeclares> {
  readonly #host: HostPort;
  readonly #config: JavascriptConfig;
  readonly #threads: GuestThreads;
  readonly #artifacts: Artifacts;
  readonly #world: RealWorld;
  readonly #instances = new Map<string, JavascriptInstance>();

  constructor(options: {
    readonly host: HostPort;
    readonly config: JavascriptConfig;
    readonly threads: GuestThreads;
  }) {
    const { host, config, threads } = options;
    this.#host = host;
    this.#config = config;
    this.#threads = threads;
    this.#world = new RealWorld(host);
    this.#artifacts = new Artifacts({
      port: host.use("blob:read"),
      threads,
      bytesMax: config.artifactBytesMax,
      keptMax: config.artifactsKeptMax,
    });
  }

  async *fingerprint(_call: Call): AsyncGenerator<Fingerprint> {
    yield { isHealthy: true, room: { memoryBytes: this.#config.memoryBytesMax } };
  }

  async admit(digest: Digest, call: KeyedCall): Promise<Admission> {
    const artifact = await this.#artifacts.get(digest, call);
    if (!artifact.isAdmitted) return artifact;
    const entries = ["main", ...artifact.functions.filter((each) => each !== "main")];
    return { isAdmitted: true, instructionSet: "javascript", entries };
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<JavascriptInstance> {
    const config = spec.config as unknown as JavascriptInstanceConfig;
    if (config.profile === "normal") this.#demandReal();
    const artifact = await this.#artifacts.get(spec.artifact, call);
    const handle = this.#handle(call);
    const instance = new JavascriptInstance({
      handle,
      artifact,
      config,
      release: this.#config,
      threads: this.#threads,
      world: this.#world,
      onReleased: () => this.#instances.delete(handle.id),
    });
    this.#instances.set(handle.id, instance);
    return instance;
  }

  async recover(handle: InstanceHandle, _call: Call): Promise<Recovery<JavascriptDeclares>> {
    demandReadable(handle);
    const isOurs = handle.owner === this.#host.owner && handle.release === manifest.plugin.build;
    if (!isOurs) return { found: "foreign" };
    const instance = this.#instances.get(handle.id);
    if (instance === undefined) return { found: "absent" };
    if (instance.handle.incarnation !== handle.incarnation) return { found: "foreign" };
    return { found: "alive", instance };
  }

  async *inventory(_call: Call): AsyncGenerator<InstanceHandle> {
    for (const instance of [...this.#instances.values()]) yield instance.handle;
  }

  async close(_call: Call): Promise<void> {
    this.#instances.clear();
    await this.#threads.close();
  }

  #demandReal(): void {
    this.#host.use("clock");
    this.#host.use("random");
  }

  #handle(call: KeyedCall): InstanceHandle {
    return {
      id: randomUUID(),
      key: call.key,
      release: manifest.plugin.build,
      owner: this.#host.owner,
      incarnation: this.#world.incarnation(),
      state: encodeCbor([stateVersion]),
    };
  }
}

function demandReadable(handle: InstanceHandle): void {
  const version = versionOf(handle.state);
  if (version === stateVersion) return;
  throw raise("version.mismatch", {
    op: "environment.recover",
    detail: { expected: `${stateVersion}`, actual: `${version}` },
    message: "Cannot recover the instance: its handle was written by another version",
  });
}

function versionOf(state: Uint8Array): unknown {
  try {
    const value = decodeCbor(state);
    return Array.isArray(value) ? value[0] : "unknown";
  } catch {
    return "unreadable";
  }
}
