import { BlobStore } from "@bedplate/blob";
import { openMemoryBlob } from "@bedplate/blob-memory";
import { type Clock, seededRandom, systemClock } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import {
  createHostPort,
  erasePlugin,
  facetNames,
  newCall,
  openEnvironment,
  type Plugin,
  speaks,
} from "@bedplate/environment";
import { evmCompiledPlugin } from "@bedplate/environment-evm";
import { patriciaCommitment } from "@bedplate/environment-evm/ledger";
import {
  encodeScript,
  type FakeOptions,
  type FakeScript,
  fakePlugin,
} from "@bedplate/environment-fake";
import { wasmPlugin } from "@bedplate/environment-wasm";
import { Registry } from "@bedplate/registry";
import { Artifacts } from "@bedplate/runs";
import { type StateDriver, type StateLimits, StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";
import { LedgerService, type LedgersLimits, type LedgersModules } from "../src/index.ts";

/** Ledgers over memory and the fake environment. */
export interface Rig extends AsyncDisposable {
  readonly service: LedgerService;
  readonly modules: LedgersModules;
  readonly registry: Registry;
  /** Stores an artifact of the project `p`. */
  put(script: FakeScript | Uint8Array): Promise<Digest>;
}

export interface RigOptions {
  readonly fake?: FakeOptions;
  readonly limits?: Partial<LedgersLimits>;
  readonly stateLimits?: Partial<StateLimits>;
  /** Another life, or another replica, on the same state. */
  readonly on?: Pick<LedgersModules, "state" | "artifacts">;
  /** Put around the state of a new rig. */
  readonly around?: (driver: StateDriver) => StateDriver;
  readonly clock?: Clock;
  readonly replica?: string;
  readonly slots?: readonly ("fake" | "wasm" | "evm")[];
}

export const project = "p";

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { clock = systemClock, replica = "replica-1", slots = ["fake"], fake = {} } = options;
  const memory = await openMemoryState({ clock, limits: options.stateLimits });
  const state = options.on?.state ?? new StateStore(options.around?.(memory) ?? memory);
  const blobs = new BlobStore(await openMemoryBlob());
  const artifacts = options.on?.artifacts ?? new Artifacts({ blobs, state: state.in("runs") });
  const random = seededRandom(replica);
  const shared = { clock, random, log: silentLog };
  const registry = openRegistry({ state, artifacts, shared });
  for (const slot of slots) {
    const plugin = pluginOf(slot, fake);
    const bundle = { plugin, grants: plugin.manifest.wants };
    const ref = await registry.releases.register(bundle, { actor: "test" });
    await registry.slots.bind(slot, ref, { actor: "test" });
  }
  const limits: LedgersLimits = {
    lanes: 3,
    sealMs: 5,
    batchTransactionsMax: 100,
    batchFuelMax: 1_000_000_000_000,
    waitingMax: 1_000,
    ...options.limits,
  };
  const modules = {
    ...shared,
    replica,
    state: options.on?.state ?? state.in("ledgers"),
    registry,
    artifacts,
    limits,
    commitments: [patriciaCommitment],
  };
  const service = new LedgerService(modules);
  return {
    service,
    modules,
    registry,
    put: (script) =>
      artifacts.put(script instanceof Uint8Array ? script : encodeScript(script), project),
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

function pluginOf(slot: "fake" | "wasm" | "evm", fake: FakeOptions): Plugin {
  if (slot === "evm") return erasePlugin(evmCompiledPlugin());
  return slot === "fake" ? erasePlugin(fakePlugin(fake)) : erasePlugin(wasmPlugin());
}

function openRegistry(parts: {
  readonly state: StateStore;
  readonly artifacts: Artifacts;
  readonly shared: Pick<LedgersModules, "clock" | "random" | "log">;
}): Registry {
  const { state, artifacts, shared } = parts;
  const build = `sha256:${"0".repeat(64)}` as const;
  const process = { build, startedAt: 0, nonce: "0".repeat(32) };
  return new Registry({
    ...shared,
    state: state.in("registry"),
    hostOffer: {
      hello: 1,
      side: "host",
      process,
      speaks: speaks(facetNames),
      features: {},
      has: [],
    },
    openMount: async (bundle) => {
      const host = createHostPort({
        owner: "test",
        grants: bundle.grants ?? [],
        ports: {
          "blob:read": { read: (digest) => artifacts.read(digest) },
          cache: { get: async () => undefined, put: async () => {} },
        },
      });
      const call = () => newCall({ principal: "test", timeoutMs: 5_000 });
      const environment = await openEnvironment(bundle.plugin, { host }, call());
      return { environment, close: () => environment.close(call()) };
    },
  });
}

/** Every key of a namespace that begins so. */
export async function keysOf(state: StateStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of state.listAll({ prefix }))
    keys.push(Buffer.from(key).toString("latin1"));
  return keys;
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** The state after a batch as texts. */
export async function stateOf(
  rig: Rig,
  name: string,
  at?: number,
): Promise<Record<string, string>> {
  const { entries } = await rig.service.state({ project, name }, { at, limit: 100_000 });
  return Object.fromEntries(
    entries.map(({ key, value }) => [Buffer.from(key).toString(), Buffer.from(value).toString()]),
  );
}
