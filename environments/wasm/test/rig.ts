import { readFileSync } from "node:fs";
import { type Digest, digestBytes } from "@bedplate/codec";
import {
  type Admission,
  type Budget,
  createHostPort,
  type Environment,
  type Executed,
  emptyState,
  type Instance,
  type Invocation,
  type KeyedCall,
  newCall,
  openEnvironment,
  type Permission,
  type StateReader,
} from "@bedplate/environment";
import {
  type HostFunction,
  type WasmConfig,
  type WasmDeclares,
  wasmPlugin,
} from "@bedplate/environment-wasm";
import { raise } from "@bedplate/errors";

let keys = 0;

/** A call with a key of its own. */
export function call(options: { readonly signal?: AbortSignal } = {}): KeyedCall {
  keys += 1;
  return newCall({ principal: "test", timeoutMs: 60_000, key: `key-${keys}`, ...options });
}

/** What a rig may be opened with. */
export interface RigOptions {
  readonly config?: Partial<WasmConfig>;
  readonly hostFunctions?: readonly HostFunction[];
  readonly grants?: readonly Permission[];
  readonly cache?: Map<string, Uint8Array>;
}

/** An environment over artifacts in memory. */
export class Rig {
  readonly environment: Environment<WasmDeclares>;
  readonly #artifacts: Map<string, Uint8Array>;

  constructor(environment: Environment<WasmDeclares>, artifacts: Map<string, Uint8Array>) {
    this.environment = environment;
    this.#artifacts = artifacts;
  }

  admit(artifact: Uint8Array): Promise<Admission> {
    return this.environment.admit(this.#add(artifact), call());
  }

  async instance(
    artifact: Uint8Array,
    config: Readonly<Record<string, unknown>> = {},
  ): Promise<Instance<WasmDeclares>> {
    const spec = { artifact: this.#add(artifact), config, caps: {}, labels: {} };
    const instance = await this.environment.create(spec, call());
    await instance.start(call());
    return instance;
  }

  /** One run in an instance of its own. */
  async run(artifact: Uint8Array, invocation: Partial<Invocation> = {}): Promise<Executed> {
    const instance = await this.instance(artifact);
    return run(instance, invocation);
  }

  #add(artifact: Uint8Array): Digest {
    const digest = digestBytes(artifact);
    this.#artifacts.set(digest, artifact);
    return digest;
  }
}

/** Opens an environment; what is not said is granted and by default. */
export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { config = {}, hostFunctions = [], cache = new Map<string, Uint8Array>() } = options;
  const artifacts = new Map<string, Uint8Array>();
  const plugin = wasmPlugin({ hostFunctions });
  const host = createHostPort({
    owner: "test",
    grants: options.grants ?? plugin.manifest.wants,
    ports: {
      "blob:read": {
        async read(digest) {
          const found = artifacts.get(digest);
          if (found !== undefined) return found;
          throw raise("resource.missing", {
            op: "blob.read",
            detail: { type: "artifact", id: digest },
            message: `Cannot read the artifact: there is no ${digest}`,
          });
        },
      },
      cache: {
        get: async (key) => cache.get(key),
        put: async (key, value) => void cache.set(key, value),
      },
    },
  });
  return new Rig(await openEnvironment(plugin, { host, config }, call()), artifacts);
}

/** Budget that suffices for everything small. */
export const plenty: Budget = {
  fuel: 100_000_000,
  memoryBytes: 64 * 1024 * 1024,
  outputBytes: 1024 * 1024,
  depth: 500,
};

/** Runs an entry with a plain invocation. */
export function run(
  instance: Instance<WasmDeclares>,
  invocation: Partial<Invocation> = {},
): Promise<Executed> {
  return instance.facets.invoke.run(
    {
      entry: "main",
      input: new Uint8Array(),
      budget: plenty,
      pre: emptyState,
      now: 1_700_000_000_000,
      seed: new Uint8Array(32).fill(5),
      ...invocation,
    },
    call(),
  );
}

/** State that is there at once, or only after it was loaded. */
export class MapState implements StateReader {
  readonly loaded: string[] = [];
  readonly #values: ReadonlyMap<string, string>;
  readonly #resident: Set<string> | undefined;

  constructor(values: Readonly<Record<string, string>>, isCold = false) {
    this.#values = new Map(Object.entries(values));
    this.#resident = isCold ? new Set() : undefined;
  }

  peek(key: Uint8Array): Uint8Array | null | undefined {
    const name = Buffer.from(key).toString("latin1");
    if (this.#resident?.has(name) === false) return undefined;
    const value = this.#values.get(name);
    return value === undefined ? null : Buffer.from(value, "latin1");
  }

  async load(wanted: readonly Uint8Array[]): Promise<void> {
    for (const key of wanted) {
      const name = Buffer.from(key).toString("latin1");
      this.loaded.push(name);
      this.#resident?.add(name);
    }
  }
}

/** A file of the repository's examples. */
export function example(path: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`../../../examples/${path}`, import.meta.url)));
}

/** What a run gave as text. */
export function textOf({ outcome }: Executed): string {
  return "output" in outcome ? Buffer.from(outcome.output).toString("utf8") : outcome.kind;
}
