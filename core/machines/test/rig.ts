import { BlobStore } from "@bedplate/blob";
import { openMemoryBlob } from "@bedplate/blob-memory";
import { seededRandom, systemClock } from "@bedplate/clock";
import {
  createHostPort,
  facetNames,
  newCall,
  openEnvironment,
  type Plugin,
  speaks,
} from "@bedplate/environment";
import {
  encodeImage,
  type FakeMachineOptions,
  fakeMachinePlugin,
  type MachineStep,
} from "@bedplate/environment-fake";
import { Registry, releaseId } from "@bedplate/registry";
import { Artifacts } from "@bedplate/runs";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";
import {
  LocalControl,
  MachineNode,
  MachineService,
  MachineStore,
  type MachinesModules,
  NodeDirectory,
  NodeHomes,
  NodeMembership,
  type NodeSelf,
  PlacementLease,
  Placer,
  VolumeService,
  VolumeStore,
} from "../src/index.ts";

/** A service and one node over memory and fake machines. */
export interface Rig extends AsyncDisposable {
  readonly machines: MachineService;
  readonly volumes: VolumeService;
  readonly node: MachineNode;
  readonly modules: MachinesModules;
  readonly registry: Registry;
  readonly plugin: Plugin;
  /** Drops the node and the service as a crash does: what they made stays. */
  crash(): Promise<void>;
}

export interface RigOptions {
  readonly fake?: FakeMachineOptions | undefined;
  /** A rig that crashed: its store, its blobs, its machines. */
  readonly earlier?: Rig | undefined;
  readonly machinesMax?: number | undefined;
  readonly nodeId?: string | undefined;
}

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { earlier, machinesMax = 100, nodeId = "node-1" } = options;
  const state = earlier?.modules.state ?? new StateStore(await openMemoryState());
  const blobs = earlier?.modules.blobs ?? new BlobStore(await openMemoryBlob());
  const plugin = earlier?.plugin ?? (fakeMachinePlugin(options.fake) as unknown as Plugin);
  const artifacts = new Artifacts({ blobs, state: state.in("runs") });
  const shared = { clock: systemClock, random: seededRandom(`${Math.random()}`), log: silentLog };
  const registry = await openRegistry({ state, artifacts, shared, plugin });
  const machineState = state.in("machines");
  const store = new MachineStore({ ...shared, state: machineState });
  const control = new LocalControl(store, shared);
  const node = new MachineNode({ ...shared, id: nodeId, control, registry, blobs });
  const directory = new NodeDirectory({ ...shared, state: machineState });
  const lease = new PlacementLease({
    ...shared,
    ...{ state: machineState, replica: `${Math.random()}`, place: nodeId },
  });
  const size = { cpuMillis: 0, memoryMiB: 0, diskMiB: 0 };
  const settings = { strategy: "spread", lostMs: 60_000, size } as const;
  const placer = new Placer({ ...shared, store, directory, lease }, settings);
  const membership = new NodeMembership({
    ...shared,
    state: machineState,
    self: () => selfOf(registry, nodeId),
    onBeat: () => {},
  });
  const offer = (slot: string) =>
    registry.slots.list().find((each) => each.slot === slot)?.mounted.environment.manifest;
  const volumes = new VolumeService({
    ...shared,
    volumes: new VolumeStore({ ...shared, state: machineState }),
    homes: new NodeHomes({ state: machineState, store, directory, size }),
    ...{ offer, standardSlot: "fake-machine" },
    quotaOf: async () => ({ volumesMax: 4, volumeMiBMax: 1024 }),
    onDeleted: () => node.eraseVolumes(),
  });
  const modules: MachinesModules = {
    ...shared,
    state: machineState,
    store,
    volumes,
    blobs,
    registry,
    artifacts,
    nodes: {
      offer,
      place: (machine) => placer.place(machine),
      forget: ({ id }) => placer.forget(id),
      find: async ({ id }) => node.find(id),
    },
    standard: { slot: "fake-machine", image: () => encodeImage({}) },
    quotaOf: async () => ({ machinesMax }),
  };
  const machines = new MachineService(modules);
  await membership.start();
  await placer.start();
  await node.start();
  const end = async () => {
    await placer[Symbol.asyncDispose]();
    await membership[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
  };
  return {
    machines,
    volumes,
    node,
    modules,
    registry,
    plugin,
    crash: end,
    [Symbol.asyncDispose]: async () => {
      await end();
      await registry[Symbol.asyncDispose]();
    },
  };
}

/** What a host with fake machines says of itself. */
export function selfOf(registry: Registry, name: string): NodeSelf {
  const offers = registry.slots.list().map(({ slot, mounted }) => ({
    slot,
    release: releaseId(mounted.release),
    declares: mounted.environment.manifest.declares,
    instanceSchema: mounted.environment.manifest.instanceSchema,
  }));
  return { name, place: name, labels: {}, capacity: {}, offers };
}

/** A registry with fake machines on their slot. */
export async function openRegistry(parts: {
  readonly state: StateStore;
  readonly artifacts: Artifacts;
  readonly shared: Pick<MachinesModules, "clock" | "random" | "log">;
  readonly plugin: Plugin;
}): Promise<Registry> {
  const { state, artifacts, shared, plugin } = parts;
  const process = {
    build: `sha256:${"0".repeat(64)}` as const,
    startedAt: 0,
    nonce: "0".repeat(32),
  };
  const hostOffer = {
    hello: 1,
    side: "host",
    process,
    speaks: speaks(facetNames),
    features: {},
    has: [],
  } as const;
  const registry = new Registry({
    ...shared,
    state: state.in("registry"),
    hostOffer,
    openMount: async (bundle) => {
      const ports = { "blob:read": { read: (digest: never) => artifacts.read(digest) } };
      const host = createHostPort({ owner: "test", grants: bundle.grants ?? [], ports });
      const call = () => newCall({ principal: "test", timeoutMs: 5_000 });
      const environment = await openEnvironment(bundle.plugin, { host }, call());
      return { environment, close: () => environment.close(call()) };
    },
  });
  const ref = await registry.releases.register(
    { plugin, grants: plugin.manifest.wants },
    { actor: "test" },
  );
  await registry.slots.bind("fake-machine", ref, { actor: "test" });
  return registry;
}

/** The arguments of a fake process. */
export function steps(...all: readonly MachineStep[]): readonly string[] {
  return ["do", JSON.stringify(all)];
}

/** Waits until a machine is as it is wanted. */
export function settle(rig: Rig, id: string, ms = 5_000): ReturnType<MachineService["wait"]> {
  return rig.machines.wait({ project: "p", id }, { signal: AbortSignal.timeout(ms) });
}

/** Every instance that the environment has. */
export async function instancesOf(rig: Rig): Promise<readonly string[]> {
  using use = rig.registry.slots.use("fake-machine");
  const keys: string[] = [];
  const call = newCall({ principal: "test", timeoutMs: 5_000 });
  for await (const { key } of use.environment.inventory(call)) keys.push(key);
  return keys;
}
