import type { BlobStore } from "@bedplate/blob";
import type { Clock, Random } from "@bedplate/clock";
import type { IngressProvider } from "@bedplate/ingress";
import {
  LocalControl,
  MachineNode,
  type MachineQuota,
  MachineService,
  MachineStore,
} from "@bedplate/machines";
import type { Registry } from "@bedplate/registry";
import type { Artifacts } from "@bedplate/runs";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import { MachinePorts } from "./machine-ports.ts";
import type { MachinesConfig } from "./machines-config.ts";
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
  /** Names this host: whoever opens its data again takes up its machines. */
  readonly place: string;
  readonly ingress: IngressProvider;
  /** The URL that the ingress was opened with. */
  readonly ingressUrl: string;
  readonly quotaOf: (project: string) => Promise<MachineQuota>;
}

/** The service, and the node of this host. */
export interface OpenedMachines extends AsyncDisposable {
  readonly service: MachineService;
  readonly node: MachineNode;
  readonly ports: MachinePorts;
  /** Finds the machines of an earlier life, and begins to make what is wanted. */
  start(): Promise<void>;
}

/** Machines of a server: its own host is a node. */
export function openMachines(parts: MachinesParts, config: MachinesConfig): OpenedMachines {
  const { registry, place, ingress, ingressUrl } = parts;
  const { blobs, artifacts, clock, random, log, quotaOf } = parts;
  const state = parts.state.in("machines");
  const shared = { state, blobs, artifacts, clock, random, log, quotaOf };
  const store = new MachineStore(shared);
  const control = new LocalControl(store, shared);
  const node = new MachineNode({ ...shared, id: place, control, registry });
  const offer = (slot: string) =>
    registry.slots.list().find((each) => each.slot === slot)?.mounted.environment.manifest;
  const service = new MachineService({
    ...shared,
    registry,
    store,
    standard: standardMachine(config.slot),
    nodes: {
      offer,
      place: ({ slot }) => (offer(slot) === undefined ? undefined : place),
      find: async ({ id }) => node.find(id),
    },
  });
  const origin = config.origin === "" ? originOf(ingressUrl) : config.origin;
  const { domain } = config;
  const ports = new MachinePorts({
    ...shared,
    service,
    store,
    ingress,
    node: place,
    domain,
    origin,
  });
  return {
    service,
    node,
    ports,
    start: async () => {
      await node.start();
      await ports.start();
    },
    [Symbol.asyncDispose]: async () => {
      await ports[Symbol.asyncDispose]();
      await node[Symbol.asyncDispose]();
    },
  };
}

/** How clients reach an ingress that listens in this process; port 80 of any other. */
function originOf(ingressUrl: string): string {
  const { protocol, port } = new URL(ingressUrl);
  return protocol === "proxy:" && port !== "" ? `http://{host}:${port}` : "http://{host}";
}
