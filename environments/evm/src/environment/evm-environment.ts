import { randomUUID } from "node:crypto";
import type { Digest } from "@bedplate/codec";
import {
  type Admission,
  type Call,
  type EnvironmentDriver,
  type Fingerprint,
  type HostPort,
  type InstanceHandle,
  type InstanceSpec,
  type Invocation,
  type InvocationCheck,
  type KeyedCall,
  ObservationHub,
  type Recovery,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { OpenEngine } from "../open-engine.ts";
import { type EvmArtifact, entriesOf, readArtifact } from "./artifact.ts";
import { batchEntries } from "./block-batch.ts";
import { checkOf } from "./check-run.ts";
import { codeWorld } from "./code-run.ts";
import type { EvmInstanceConfig } from "./config.ts";
import { EvmInstance } from "./evm-instance.ts";
import { type EvmDeclares, evmDeclares } from "./manifest.ts";
import { SessionWorld } from "./session-world.ts";

/** What the environment is opened with. */
export interface EvmEnvironmentOptions {
  readonly host: HostPort;
  readonly engine: OpenEngine;
  /** Another engine that decides which keys of a state are read, so that all releases read the same. */
  readonly scout?: OpenEngine | undefined;
  /** Digest of the release, for handles. */
  readonly build: Digest;
}

/** Artifacts that are kept as they were read. */
const artifactsMax = 256;

/** Runs code and transactions of Ethereum on one engine, in this process. */
export class EvmEnvironment implements EnvironmentDriver<EvmDeclares> {
  readonly #options: EvmEnvironmentOptions;
  readonly #instances = new Map<string, EvmInstance>();
  readonly #artifacts = new Map<Digest, EvmArtifact>();

  constructor(options: EvmEnvironmentOptions) {
    this.#options = options;
  }

  async *fingerprint(): AsyncGenerator<Fingerprint> {
    yield { isHealthy: true, room: {} };
  }

  async admit(artifact: Digest, call: Call): Promise<Admission> {
    const read = await this.#read(artifact, call);
    if (read.kind === "refused") return { isAdmitted: false, reason: read.reason };
    const admission = {
      isAdmitted: true,
      instructionSet: "evm",
      entries: entriesOf(read),
    } as const;
    return read.kind === "chain" ? { ...admission, batch: batchEntries } : admission;
  }

  async check(artifact: Digest, invocation: Invocation, call: Call): Promise<InvocationCheck> {
    const { engine } = this.#options;
    return checkOf(await this.#read(artifact, call), { engine, invocation, call });
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<EvmInstance> {
    const config = spec.config as unknown as EvmInstanceConfig;
    const artifact = await this.#read(spec.artifact, call);
    if (config.session && artifact.kind === "chain") throw noSession();
    const { engine, scout, host, build } = this.#options;
    const handle = {
      id: randomUUID(),
      key: call.key,
      release: build,
      owner: host.owner,
      incarnation: randomUUID(),
      state: new Uint8Array(),
    };
    const instance = new EvmInstance({
      handle,
      artifact,
      config,
      engine,
      scout: scout?.transactor,
      world: new SessionWorld(codeWorld(artifact, engine.crypto), { isKept: config.session }),
      hub: new ObservationHub(evmDeclares.observe),
      now: Date.now,
      onReleased: () => this.#instances.delete(handle.id),
    });
    this.#instances.set(handle.id, instance);
    return instance;
  }

  /** Instances live in this process: another process has none of them. */
  async recover(handle: InstanceHandle): Promise<Recovery<EvmDeclares>> {
    if (handle.owner !== this.#options.host.owner) return { found: "foreign" };
    const instance = this.#instances.get(handle.id);
    if (instance === undefined) return { found: "absent" };
    const isSame = instance.handle.incarnation === handle.incarnation;
    return isSame ? { found: "alive", instance } : { found: "foreign" };
  }

  async *inventory(): AsyncGenerator<InstanceHandle> {
    for (const { handle } of [...this.#instances.values()]) yield handle;
  }

  async close(): Promise<void> {
    for (const instance of [...this.#instances.values()]) await instance.release();
    this.#artifacts.clear();
    this.#options.engine[Symbol.dispose]();
    this.#options.scout?.[Symbol.dispose]();
  }

  async #read(digest: Digest, call: Call): Promise<EvmArtifact> {
    const known = this.#artifacts.get(digest);
    if (known !== undefined) return known;
    const read = readArtifact(await this.#options.host.use("blob:read").read(digest, call));
    const [oldest] = this.#artifacts.keys();
    if (this.#artifacts.size >= artifactsMax && oldest !== undefined)
      this.#artifacts.delete(oldest);
    this.#artifacts.set(digest, read);
    return read;
  }
}

function noSession(): Error {
  return raise("argument.invalid", {
    op: "environment.create",
    detail: { path: "/config/session", rule: "needs code" },
    message: "Cannot create a session: the artifact is a chain, whose state is what is committed",
  });
}
