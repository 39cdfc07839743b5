import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { BlobStore } from "@bedplate/blob";
import type { Clock, Random } from "@bedplate/clock";
import type { IngressProvider } from "@bedplate/ingress";
import {
  LocalControl,
  MachineNode,
  type MachineQuota,
  MachineService,
  MachineStore,
  NodeDirectory,
  NodeMembership,
  PlacementLease,
  Placer,
  type VolumeQuota,
  type VolumeService,
} from "@bedplate/machines";
import type { Registry } from "@bedplate/registry";
import type { Artifacts } from "@bedplate/runs";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import { sharedSecretOf } from "../providers/shared-secret.ts";
import { MachineDial } from "./machine-dial.ts";
import { MachinePorts } from "./machine-ports.ts";
import type { MachinesConfig } from "./machines-config.ts";
import { openVolumes } from "./open-volumes.ts";
import { nodeName, selfOf } from "./own-node.ts";
import { PortGate } from "./port-gate.ts";
import { acceptTunnel } from "./port-tunnel.ts";
import { standardMachine } from "./standard-machine.ts";

/** What machines are built from. */
export interface MachinesParts {
  readonly state: StateStore;
  readonly blobs: BlobStore;
  readonly registry: Registry;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Names this process. */
  readonly replica: string;
  /** Names this host: whoever opens its data again takes up its machines. */
  readonly place: string;
  /** Whether this process may give nodes to machines. */
  readonly isPlacing: boolean;
  /** Whether machines may run on this host at all. */
  readonly isNode: boolean;
  readonly ingress: IngressProvider;
  /** The URL that the ingress was opened with. */
  readonly ingressUrl: string;
  readonly quotaOf: (project: string) => Promise<MachineQuota & VolumeQuota>;
}

/** The service, the nodes, and the node of this host. */
export interface OpenedMachines extends AsyncDisposable {
  readonly service: MachineService;
  readonly volumes: VolumeService;
  readonly node: MachineNode;
  readonly nodes: NodeDirectory;
  readonly ports: MachinePorts;
  /** Finds the machines of an earlier life, and begins to make what is wanted. */
  start(): Promise<void>;
  /** Tells other hosts where this one listens. */
  announce(url: string): Promise<void>;
  /** Where the node of a machine is reached; undefined for this host. */
  urlOfNode(node: string): Promise<string | undefined>;
  /** Answers another host's request for a connection to a port. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

/** Machines of a process: its own host is a node, unless the operator says otherwise. */
export function openMachines(parts: MachinesParts, config: MachinesConfig): OpenedMachines {
  const { registry, place, ingress, ingressUrl, isPlacing, isNode, replica } = parts;
  const { blobs, artifacts, clock, random, log, quotaOf } = parts;
  const state = parts.state.in("machines");
  const shared = { state, blobs, artifacts, clock, random, log, quotaOf };
  const store = new MachineStore(shared);
  const name = nodeName(config.node, place);
  const gate = new PortGate();
  const control = new LocalControl(store, shared);
  const hush = ({ id }: { readonly id: string }) => gate.hush(id);
  const ask = () => membership.beat();
  const node = new MachineNode({ ...shared, id: name, control, registry, ask, hush });
  const directory = new NodeDirectory(shared);
  const lease = new PlacementLease({ ...shared, replica, place });
  const placer = new Placer({ ...shared, store, directory, lease }, config.placement);
  let url: string | undefined;
  const membership: NodeMembership = new NodeMembership({
    ...shared,
    self: () => selfOf(registry, { config: config.node, place, url }),
    onBeat: (record, { wasLost }) => {
      const isGoing = record.state === "draining" || record.state === "drained";
      node.setLeaving(isGoing && record.moves);
      if (wasLost) void node.compare().catch(() => log.warn("machines not compared", {}));
    },
  });
  const offerHere = (slot: string) =>
    registry.slots.list().find((each) => each.slot === slot)?.mounted.environment.manifest;
  const offer = (slot: string) => (isNode ? offerHere(slot) : undefined) ?? directory.offer(slot);
  const homes = { ...shared, store, directory, size: config.placement.size };
  const volumes = openVolumes({ ...homes, offer, standardSlot: config.slot }, node);
  const service = new MachineService({
    ...{ ...shared, registry, store, volumes },
    standard: standardMachine(config.slot),
    nodes: {
      offer,
      place: (machine) => placer.place(machine),
      forget: ({ id }) => placer.forget(id),
      find: async ({ id }) => node.find(id),
    },
  });
  const secret = async () =>
    Buffer.from(await sharedSecretOf(parts.state, "node-secret")).toString("base64url");
  const urlOfNode = async (other: string) => (other === name ? undefined : directory.urlOf(other));
  const dial = new MachineDial({ service, gate, node: name, urlOf: urlOfNode, secret });
  const origin = config.origin === "" ? originOf(ingressUrl) : config.origin;
  const { domain } = config;
  const ports = new MachinePorts({
    ...{ ...shared, service, store, ingress, dial, place, domain, origin },
    node: name,
    offer: (slot) => offerHere(slot) ?? directory.offer(slot),
  });
  return {
    service,
    volumes,
    node,
    nodes: directory,
    ports,
    urlOfNode,
    start: async () => {
      if (isNode) await membership.start();
      if (isPlacing) await placer.start();
      else await directory.refresh();
      if (isNode) await node.start();
      await ports.start();
    },
    announce: async (own) => {
      url = own;
      if (isNode) await membership.beat();
    },
    upgrade: async (request, socket, head) => {
      const openHere = dial.openHere.bind(dial);
      await acceptTunnel(request, { socket, head }, { secret, openHere });
    },
    [Symbol.asyncDispose]: async () => {
      await ports[Symbol.asyncDispose]();
      await membership[Symbol.asyncDispose]();
      await placer[Symbol.asyncDispose]();
      await node[Symbol.asyncDispose]();
    },
  };
}

/** How clients reach an ingress that listens in this process; port 80 of any other. */
function originOf(ingressUrl: string): string {
  const { protocol, port } = new URL(ingressUrl);
  return protocol === "proxy:" && port !== "" ? `http://{host}:${port}` : "http://{host}";
}
