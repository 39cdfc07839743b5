import { BlobStore } from "@bedplate/blob";
import { openMemoryBlob } from "@bedplate/blob-memory";
import { seededRandom, systemClock } from "@bedplate/clock";
import {
  createHostPort,
  encodeProgramInput,
  facetNames,
  newCall,
  openEnvironment,
  type Plugin,
  speaks,
} from "@bedplate/environment";
import {
  encodeScript,
  type FakeOptions,
  type FakeStep,
  fakePlugin,
} from "@bedplate/environment-fake";
import { WorkQueue } from "@bedplate/queue";
import { openMemoryQueue } from "@bedplate/queue-memory";
import { Registry } from "@bedplate/registry";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";
import { Artifacts, type RunRequest, RunService, type RunsModules } from "../src/index.ts";

/** Everything that a run needs, over memory and the fake environment. */
export interface Rig extends AsyncDisposable {
  readonly runs: RunService;
  readonly registry: Registry;
  readonly modules: RunsModules;
}

export async function openRig(
  options: {
    readonly fake?: FakeOptions | undefined;
    readonly limits?: Partial<RunsModules["limits"]> | undefined;
    /** A store and queue of an earlier rig: a restart. */
    readonly earlier?: Rig | undefined;
    readonly seed?: string | undefined;
    readonly clock?: RunsModules["clock"] | undefined;
  } = {},
): Promise<Rig> {
  const { clock = systemClock, earlier, fake = {}, seed = "runs" } = options;
  const state = earlier?.modules.state ?? new StateStore(await openMemoryState());
  const blobs = earlier?.modules.blobs ?? new BlobStore(await openMemoryBlob());
  const queue = earlier?.modules.queue ?? new WorkQueue(await openMemoryQueue());
  const artifacts = new Artifacts({ blobs, state: state.in("runs") });
  const shared = { clock, random: seededRandom(seed), log: silentLog };
  const registry = await openRegistry({ state, artifacts, shared, fake });
  const limits = { concurrentMax: 4, waitingMax: 100, openMax: 100, ...options.limits };
  const quotaOf = async () => ({ concurrentRunsMax: 64 });
  const modules = {
    ...shared,
    replica: `replica-${seed}`,
    state: state.in("runs"),
    blobs,
    queue,
    registry,
    artifacts,
    limits,
    quotaOf,
  };
  const runs = new RunService(modules);
  return {
    runs,
    registry,
    modules,
    [Symbol.asyncDispose]: async () => {
      await runs[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

async function openRegistry(parts: {
  readonly state: StateStore;
  readonly artifacts: Artifacts;
  readonly shared: Pick<RunsModules, "clock" | "random" | "log">;
  readonly fake: FakeOptions;
}): Promise<Registry> {
  const { state, artifacts, shared } = parts;
  const process = {
    build: `sha256:${"0".repeat(64)}` as const,
    startedAt: 0,
    nonce: "0".repeat(32),
  };
  const registry = new Registry({
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
        ports: { "blob:read": { read: (digest) => artifacts.read(digest) } },
      });
      const call = () => newCall({ principal: "test", timeoutMs: 5_000 });
      const environment = await openEnvironment(bundle.plugin, { host }, call());
      return { environment, close: () => environment.close(call()) };
    },
  });
  const plugin = fakePlugin(parts.fake) as unknown as Plugin;
  const ref = await registry.releases.register(
    { plugin, grants: plugin.manifest.wants },
    { actor: "test" },
  );
  await registry.slots.bind("fake", ref, { actor: "test" });
  return registry;
}

/** A request that runs a script. */
export function scriptOf(steps: readonly FakeStep[], change: Partial<RunRequest> = {}): RunRequest {
  return {
    project: "p",
    slot: "fake",
    artifact: encodeScript({ steps }),
    input: encodeProgramInput({}),
    ...change,
  };
}

/** How many keys the runs left in the state. */
export async function keysOf(rig: Rig, prefix: string): Promise<number> {
  let count = 0;
  for await (const _entry of rig.modules.state.listAll({ prefix })) count++;
  return count;
}
