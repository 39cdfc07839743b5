import { randomUUID } from "node:crypto";
import type { Digest } from "@bedplate/codec";
import type {
  Admission,
  EnvironmentDriver,
  Fingerprint,
  HostPort,
  InstanceHandle,
  InstanceSpec,
  KeyedCall,
  Recovery,
} from "@bedplate/environment";
import { ObservationHub } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { MemoryGarbage } from "@bedplate/wasm-module";
import type { GuestSource } from "./allocator/guest-source.ts";
import type { GuestMaker } from "./allocator/on-demand-source.ts";
import { guestMaker, openSource, type SourceOptions } from "./allocator/open-source.ts";
import { entriesOf } from "./artifact/entry.ts";
import { ModuleStore } from "./artifact/module-store.ts";
import type { Preparation } from "./artifact/prepare-module.ts";
import type { WasmConfig, WasmInstanceConfig } from "./config.ts";
import { type HostFunction, hostFunctionPermission } from "./extension/host-function.ts";
import { type WasmDeclares, wasmDeclares } from "./manifest.ts";
import { RewindFacet } from "./session/rewind-facet.ts";
import { SerialQueue } from "./session/serial-queue.ts";
import { SessionState } from "./session/session-state.ts";
import { type InstanceModule, WasmInstance } from "./wasm-instance.ts";

/** What the environment is opened with. */
export interface WasmEnvironmentOptions {
  readonly host: HostPort;
  readonly config: WasmConfig;
  readonly hostFunctions: readonly HostFunction[];
  /** Digest of the release, for handles. */
  readonly build: Digest;
}

/** Memory of dropped instances and files that may wait for the engine's collector. */
const garbageBytesMax: number = 32 * 1024 * 1024;

/** Runs WebAssembly modules in this process. */
export class WasmEnvironment implements EnvironmentDriver<WasmDeclares> {
  readonly #options: WasmEnvironmentOptions;
  readonly #hostFunctions: readonly HostFunction[];
  readonly #store: ModuleStore;
  readonly #instances = new Map<string, WasmInstance>();
  readonly #garbage = new MemoryGarbage(garbageBytesMax);
  readonly #sources = new WeakMap<Preparation, GuestSource>();

  constructor(options: WasmEnvironmentOptions) {
    const { host, config } = options;
    this.#options = options;
    this.#hostFunctions = options.hostFunctions.filter((each) =>
      host.granted.has(hostFunctionPermission(each)),
    );
    this.#store = new ModuleStore({
      artifacts: host.use("blob:read"),
      cache: host.granted.has("cache") ? host.use("cache") : undefined,
      config,
      hostFunctions: this.#hostFunctions,
    });
  }

  async *fingerprint(): AsyncGenerator<Fingerprint> {
    const { memoryBytesMax } = this.#options.config;
    yield { isHealthy: true, room: { memoryBytes: memoryBytesMax } };
  }

  async admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    const prepared = await this.#store.prepare(artifact, "deterministic", call);
    if (!prepared.isAdmitted) return { isAdmitted: false, reason: prepared.reason };
    const signatures = entriesOf(prepared.shape);
    return {
      isAdmitted: true,
      instructionSet: "wasm",
      entries: Object.keys(signatures),
      signatures,
    };
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<WasmInstance> {
    const { session, profile } = spec.config as unknown as WasmInstanceConfig;
    const prepared = await this.#store.prepare(spec.artifact, profile, call);
    const queue = new SerialQueue();
    const module = prepared.isAdmitted
      ? this.#moduleOf(prepared, session ? queue : undefined)
      : prepared;
    const handle = this.#handleFor(call);
    const instance = new WasmInstance({
      handle,
      module,
      config: this.#options.config,
      profile,
      hub: new ObservationHub(wasmDeclares.observe),
      rewind: new RewindFacet(() => this.#stateOf(prepared, module), queue),
      garbage: this.#garbage,
      now: Date.now,
      onReleased: () => this.#instances.delete(handle.id),
    });
    this.#instances.set(handle.id, instance);
    return instance;
  }

  /** Instances live in this process: another process has none of them. */
  async recover(handle: InstanceHandle): Promise<Recovery<WasmDeclares>> {
    const instance = this.#instances.get(handle.id);
    const isForeign = handle.owner !== this.#options.host.owner;
    if (isForeign) return { found: "foreign" };
    if (instance === undefined) return { found: "absent" };
    const isSame = instance.handle.incarnation === handle.incarnation;
    return isSame ? { found: "alive", instance } : { found: "foreign" };
  }

  async *inventory(): AsyncGenerator<InstanceHandle> {
    for (const { handle } of [...this.#instances.values()]) yield handle;
  }

  async close(): Promise<void> {
    for (const instance of [...this.#instances.values()]) await instance.release();
    this.#instances.clear();
    this.#store.clear();
  }

  #moduleOf(prepared: Admitted, queue: SerialQueue | undefined): InstanceModule {
    const { shape } = prepared;
    if (queue === undefined) return { isAdmitted: true, shape, source: this.#sourceOf(prepared) };
    if (!shape.isSavable || shape.hasPassiveSegments) throw noSession();
    return { isAdmitted: true, shape, source: new SessionState(this.#makerOf(prepared)), queue };
  }

  /** Instances of one module share their pool. */
  #sourceOf(prepared: Admitted): GuestSource {
    const known = this.#sources.get(prepared);
    if (known !== undefined) return known;
    const source = openSource(this.#sourceOptions(prepared));
    this.#sources.set(prepared, source);
    return source;
  }

  #makerOf(prepared: Admitted): GuestMaker {
    return guestMaker(this.#sourceOptions(prepared));
  }

  #sourceOptions({ compiled, shape }: Admitted): SourceOptions {
    const { config } = this.#options;
    const hostFunctions = this.#hostFunctions;
    return { compiled, shape, hostFunctions, config, garbage: this.#garbage };
  }

  /** The state that marks are about: a session's own, else the base state that every run starts from. */
  #stateOf(prepared: Preparation, module: InstanceModule): SessionState {
    if (!prepared.isAdmitted || !prepared.shape.isSavable) throw noState();
    const isSession = module.isAdmitted && module.source instanceof SessionState;
    return isSession ? (module.source as SessionState) : new SessionState(this.#makerOf(prepared));
  }

  #handleFor(call: KeyedCall): InstanceHandle {
    return {
      id: randomUUID(),
      key: call.key,
      release: this.#options.build,
      owner: this.#options.host.owner,
      incarnation: randomUUID(),
      state: new Uint8Array(),
    };
  }
}

type Admitted = Extract<Preparation, { readonly isAdmitted: true }>;

function noSession(): Error {
  return raise("argument.invalid", {
    op: "environment.create",
    detail: { path: "/config/session", rule: "needs a module whose state can be put back" },
    message:
      "Cannot create a session: the module has passive segments, structures or exception globals",
  });
}

function noState(): Error {
  return raise("resource.missing", {
    op: "instance.rewind",
    detail: { type: "state", id: "memory" },
    message: "Cannot mark the instance: its module has no state that can be put back",
  });
}
