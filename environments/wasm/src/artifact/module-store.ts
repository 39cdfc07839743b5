import type { Digest } from "@bedplate/codec";
import type { ArtifactPort, BytesCachePort, Call } from "@bedplate/environment";
import { type RewriteOptions, rewriteDigest } from "@bedplate/wasm-module";
import type { WasmConfig, WasmProfileName } from "../config.ts";
import type { HostFunction } from "../extension/host-function.ts";
import { LruCache } from "./lru-cache.ts";
import { type Preparation, prepareModule } from "./prepare-module.ts";
import { rewriteOptions } from "./profile-options.ts";

/** What a store needs. */
export interface ModuleStoreOptions {
  readonly artifacts: ArtifactPort;
  /** Absent where it was not granted. */
  readonly cache?: BytesCachePort | undefined;
  readonly config: WasmConfig;
  readonly hostFunctions: readonly HostFunction[];
}

/** Prepares modules once each: rewritten bytes in the host's cache, compiled ones in memory. */
export class ModuleStore {
  readonly #options: ModuleStoreOptions;
  readonly #ready: LruCache<Preparation>;
  readonly #pending = new Map<string, Promise<Preparation>>();

  constructor(options: ModuleStoreOptions) {
    this.#options = options;
    const { modulesMax, modulesBytesMax } = options.config;
    this.#ready = new LruCache({ countMax: modulesMax, bytesMax: modulesBytesMax });
  }

  /** Modules that are compiled and kept. */
  get readyCount(): number {
    return this.#ready.count;
  }

  /** The prepared module; faults where the artifact cannot be read. */
  async prepare(artifact: Digest, profile: WasmProfileName, call: Call): Promise<Preparation> {
    const rewrite = rewriteOptions(profile, this.#options.config);
    const key = `wasm/${artifact}/${rewriteDigest(rewrite)}`;
    const ready = this.#ready.get(key) ?? this.#pending.get(key);
    if (ready !== undefined) return ready;
    const preparing = this.#prepare(artifact, { key, rewrite, call });
    this.#pending.set(key, preparing);
    try {
      return await preparing;
    } finally {
      this.#pending.delete(key);
    }
  }

  clear(): void {
    this.#ready.clear();
  }

  async #prepare(
    artifact: Digest,
    how: { readonly key: string; readonly rewrite: RewriteOptions; readonly call: Call },
  ): Promise<Preparation> {
    const { artifacts, cache, hostFunctions } = this.#options;
    const { key, rewrite, call } = how;
    const bytes = await artifacts.read(artifact, call);
    // A cache that fails has forgotten.
    const cached = await cache?.get(key).catch(() => undefined);
    let rewritten: Uint8Array | undefined;
    const preparation = prepareModule(bytes, {
      rewrite,
      hostFunctions,
      cached,
      onRewritten: (fresh) => {
        rewritten = fresh;
      },
    });
    if (rewritten !== undefined) await cache?.put(key, rewritten).catch(() => undefined);
    this.#ready.put(key, preparation, sizeOf(preparation));
    return preparation;
  }
}

/** What a kept module counts: a refusal is its text. */
function sizeOf(preparation: Preparation): number {
  if (!preparation.isAdmitted) return 1_024;
  return preparation.compiled.rewritten.bytes.length;
}
