import type { NodeOffer, NodeSelf } from "@bedplate/machines";
import { type Registry, releaseId } from "@bedplate/registry";
import type { NodeConfig } from "./machines-config.ts";

/** What this host is as a node, at this moment. */
export function selfOf(
  registry: Registry,
  options: {
    readonly config: NodeConfig;
    /** Names its data folder. */
    readonly place: string;
    readonly url?: string | undefined;
  },
): NodeSelf {
  const { config, place, url } = options;
  const counted = Object.entries(config.capacity).filter(([, amount]) => amount > 0);
  return {
    name: nodeName(config, place),
    place,
    ...(url !== undefined && { url }),
    labels: config.labels,
    capacity: Object.fromEntries(counted),
    offers: offersOf(registry),
  };
}

/** The name under which a host has machines. */
export function nodeName({ name }: Pick<NodeConfig, "name">, place: string): string {
  return name === "" ? place : name;
}

/** The slots that can have machines. */
function offersOf(registry: Registry): readonly NodeOffer[] {
  return registry.slots
    .list()
    .map(({ slot, mounted }) => {
      const { declares, instanceSchema } = mounted.environment.manifest;
      return { slot, release: releaseId(mounted.release), declares, instanceSchema };
    })
    .filter(({ declares }) => declares.exec !== undefined)
    .toSorted((a, b) => (a.slot < b.slot ? -1 : 1));
}
