import { BlobStore } from "@bedplate/blob";
import { openMemoryBlob } from "@bedplate/blob-memory";
import { seededRandom, systemClock } from "@bedplate/clock";
import type { Plugin } from "@bedplate/environment";
import { encodeImage, fakeMachinePlugin } from "@bedplate/environment-fake";
import type { Registry } from "@bedplate/registry";
import { Artifacts } from "@bedplate/runs";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";
import {
  LocalControl,
  MachineNode,
  MachineService,
  MachineStore,
  NodeDirectory,
  NodeHomes,
  NodeMembership,
  type NodeSelf,
  PlacementLease,
  Placer,
  type PlacerSettings,
  VolumeService,
  VolumeStore,
} from "../src/index.ts";
import { openRegistry, selfOf } from "./rig.ts";

/** One host of a cluster; its instances outlive a crash of its node. */
export interface Host extends AsyncDisposable {
  readonly name: string;
  readonly node: MachineNode;
  readonly registry: Registry;
  /** Drops the node as a crash does, or cuts it off: it says nothing more, and what it has goes on. */
  crash(): Promise<void>;
  /** The next life of the host. */
  start(): Promise<void>;
}

/** A service, a placer and several nodes over one state in memory. */
export interface Cluster extends AsyncDisposable {
  readonly machines: MachineService;
  readonly volumes: VolumeService;
  readonly directory: NodeDirectory;
  readonly store: MachineStore;
  readonly placer: Placer;
  readonly hosts: readonly Host[];
  /** One more host. */
  join(name: string): Promise<Host>;
}

/** What a test decides about a host. */
export type HostOptions = Partial<Pick<NodeSelf, "labels" | "capacity">>;

export async function openCluster(
  all: readonly HostOptions[],
  settings: Partial<PlacerSettings> = {},
): Promise<Cluster> {
  const state = new StateStore(await openMemoryState());
  const blobs = new BlobStore(await openMemoryBlob());
  const artifacts = new Artifacts({ blobs, state: state.in("runs") });
  const shared = { clock: systemClock, random: seededRandom(`${Math.random()}`), log: silentLog };
  const own = { ...shared, state: state.in("machines") };
  const store = new MachineStore(own);
  const parts = { state, artifacts, shared, blobs, own, store };
  const hosts: Host[] = [];
  for (const [at, options] of all.entries()) {
    hosts.push(await openHost(parts, { name: `node-${at + 1}`, ...options }));
  }
  const directory = new NodeDirectory(own);
  const lease = new PlacementLease({ ...own, replica: "r1", place: "p1" });
  const size = { cpuMillis: 250, memoryMiB: 100, diskMiB: 0 };
  const placer = new Placer(
    { ...own, store, directory, lease },
    { strategy: "spread", lostMs: 3_000, size, ...settings },
  );
  await placer.start();
  const [first] = hosts;
  const offer = (slot: string) => directory.offer(slot);
  const volumes = new VolumeService({
    ...own,
    volumes: new VolumeStore(own),
    homes: new NodeHomes({ ...own, store, directory, size }),
    ...{ offer, standardSlot: "fake-machine" },
    quotaOf: async () => ({ volumesMax: 4, volumeMiBMax: 1024 }),
  });
  const machines = new MachineService({
    ...own,
    store,
    volumes,
    blobs,
    artifacts,
    registry: first?.registry as Registry,
    nodes: {
      offer,
      place: (machine) => placer.place(machine),
      forget: ({ id }) => placer.forget(id),
      find: async ({ id, node }) => hosts.find((each) => each.name === node)?.node.find(id),
    },
    standard: { slot: "fake-machine", image: () => encodeImage({}) },
    quotaOf: async () => ({ machinesMax: 100 }),
  });
  return {
    ...{ machines, volumes, directory, store, placer, hosts },
    join: async (name) => {
      const host = await openHost(parts, { name });
      hosts.push(host);
      return host;
    },
    [Symbol.asyncDispose]: async () => {
      await placer[Symbol.asyncDispose]();
      for (const host of hosts) await host[Symbol.asyncDispose]();
    },
  };
}

async function openHost(
  parts: {
    readonly state: StateStore;
    readonly artifacts: Artifacts;
    readonly shared: Parameters<typeof openRegistry>[0]["shared"];
    readonly blobs: BlobStore;
    readonly own: ConstructorParameters<typeof MachineStore>[0] & typeof parts.shared;
    readonly store: MachineStore;
  },
  { name, labels = {}, capacity = {} }: HostOptions & { readonly name: string },
): Promise<Host> {
  const { own, store, blobs } = parts;
  const plugin = fakeMachinePlugin() as unknown as Plugin;
  // Each host has a registry of its own: the fake machines of one are not those of another.
  const state = parts.state.in(name);
  const registry = await openRegistry({ ...parts, state, plugin });
  const self = () => ({ ...selfOf(registry, name), labels, capacity });
  let life = new AsyncDisposableStack();
  let node: MachineNode;
  const start = async () => {
    life = new AsyncDisposableStack();
    const control = new LocalControl(store, own);
    const ask = () => membership.beat();
    node = life.use(new MachineNode({ ...own, id: name, control, registry, blobs, ask }));
    const membership: NodeMembership = life.use(
      new NodeMembership({
        ...own,
        self,
        onBeat: (record, { wasLost }) => {
          node.setLeaving(/^drain/.test(record.state) && record.moves);
          if (wasLost) void node.compare();
        },
      }),
    );
    await membership.start();
    await node.start();
  };
  await start();
  return {
    name,
    registry,
    get node() {
      return node;
    },
    start,
    crash: () => life.disposeAsync(),
    [Symbol.asyncDispose]: async () => {
      await life.disposeAsync();
      await registry[Symbol.asyncDispose]();
    },
  };
}
