import { seededRandom, systemClock } from "@bedplate/clock";
import {
  createHostPort,
  facetNames,
  newCall,
  type Offer,
  openEnvironment,
  type Plugin,
  speaks,
} from "@bedplate/environment";
import { type FakeOptions, fakePlugin } from "@bedplate/environment-fake";
import { type Bundle, type Mount, Registry, type RegistryModules } from "@bedplate/registry";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";

/** A registry over memory, with artifacts that a test puts in. */
export interface Rig extends AsyncDisposable {
  readonly registry: Registry;
  readonly state: StateStore;
  readonly artifacts: Map<string, Uint8Array>;
  /** Mounts that were opened and not closed. */
  readonly mounts: Set<Mount>;
}

export const build: `sha256:${string}` = `sha256:${"0".repeat(64)}`;

export const hostOffer: Offer = {
  hello: 1,
  side: "host",
  process: { build, startedAt: 0, nonce: "0".repeat(32) },
  speaks: speaks(facetNames),
  features: {},
  has: [],
};

export async function openRig(change: Partial<RegistryModules> = {}): Promise<Rig> {
  const state = change.state ?? new StateStore(await openMemoryState());
  const artifacts = new Map<string, Uint8Array>();
  const mounts = new Set<Mount>();
  const registry = new Registry({
    state,
    clock: systemClock,
    random: seededRandom("registry"),
    log: silentLog,
    hostOffer,
    openMount: async (bundle) => {
      const mount = await openFakeMount(bundle, artifacts);
      const tracked: Mount = {
        environment: mount.environment,
        close: async () => {
          mounts.delete(tracked);
          await mount.close();
        },
      };
      mounts.add(tracked);
      return tracked;
    },
    ...change,
  });
  return {
    registry,
    state,
    artifacts,
    mounts,
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]();
      await state.close();
    },
  };
}

/** A bundle of the fake environment with everything granted that it wants. */
export function fakeBundle(options: FakeOptions = {}): Bundle {
  const plugin = fakePlugin(options) as unknown as Plugin;
  return { plugin, grants: plugin.manifest.wants };
}

async function openFakeMount(bundle: Bundle, artifacts: Map<string, Uint8Array>): Promise<Mount> {
  const host = createHostPort({
    owner: "test",
    grants: bundle.grants ?? [],
    ports: {
      "blob:read": {
        read: async (digest) => {
          const bytes = artifacts.get(digest);
          if (bytes === undefined) throw new Error(`no artifact ${digest}`);
          return bytes;
        },
      },
    },
  });
  const call = () => newCall({ principal: "test", timeoutMs: 5_000 });
  const environment = await openEnvironment(bundle.plugin, { host }, call());
  return { environment, close: () => environment.close(call()) };
}
