import type { StateStore } from "@bedplate/state";
import type { MachineStore } from "../machine-store.ts";
import { type StandardSize, sizeOf } from "../nodes/machine-size.ts";
import type { NodeDirectory } from "../nodes/node-directory.ts";
import type { NodeRecord } from "../nodes/node-record.ts";
import { homelessVolume, unknownLabels } from "./volume-faults.ts";
import { volumeUseTable } from "./volume-tables.ts";

/** What a new volume wants of its node. */
export interface HomeWish {
  readonly slot: string;
  readonly bytes: number;
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
}

/** Chooses nodes for volumes. */
export interface VolumeHomes {
  /**
   * The name of a node; `environment.unhealthy` where none can have the volume now, `resource.missing`
   * where no node has the labels.
   */
  choose(wish: HomeWish): Promise<string>;
}

interface HomesModules {
  readonly state: StateStore;
  readonly store: MachineStore;
  readonly directory: NodeDirectory;
  /** What machines count for that name no disk. */
  readonly size: StandardSize;
}

const mib: number = 2 ** 20;

/** Homes by what nodes have left of their disk: the one with the most. */
export class NodeHomes implements VolumeHomes {
  readonly #modules: HomesModules;

  constructor(modules: HomesModules) {
    this.#modules = modules;
  }

  async choose(wish: HomeWish): Promise<string> {
    const nodes = await this.#modules.directory.refresh();
    const { nodeLabels = {} } = wish;
    const isKnown = nodes.some((each) => hasLabels(each, nodeLabels));
    if (nodes.length > 0 && !isKnown) throw unknownLabels(nodeLabels);
    const fit = nodes.filter((each) => isFit(each, wish));
    if (fit.length === 0) throw homelessVolume(wish.slot, "no node that takes machines suits it");
    const rooms = await Promise.all(
      fit.map(async (node) => [node, await this.#left(node)] as const),
    );
    const large = rooms.filter(([, leftMiB]) => leftMiB >= wish.bytes / mib);
    const [best] = large.toSorted(
      ([one, a], [other, b]) => b - a || (one.name < other.name ? -1 : 1),
    );
    if (best === undefined) throw homelessVolume(wish.slot, "no node has so much of its disk left");
    return best[0].name;
  }

  /** MiB of a node's disk that are neither a machine's nor a volume's; one that counts none has no end. */
  async #left({ name, capacity }: NodeRecord): Promise<number> {
    if (capacity.diskMiB === undefined) return Number.MAX_SAFE_INTEGER;
    const { store, state, size } = this.#modules;
    let leftMiB = capacity.diskMiB;
    for await (const { caps } of store.heldBy(name)) leftMiB -= sizeOf(caps, size).diskMiB;
    const use = await volumeUseTable.get(state, name);
    return leftMiB - (use?.document.bytes ?? 0) / mib;
  }
}

function isFit({ state, offers, labels }: NodeRecord, wish: HomeWish): boolean {
  const { slot, nodeLabels = {} } = wish;
  const offer = offers.find((each) => each.slot === slot);
  if (state !== "ready" || offer?.declares.exec?.volumes !== true) return false;
  return hasLabels({ labels }, nodeLabels);
}

function hasLabels(
  { labels }: Pick<NodeRecord, "labels">,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
