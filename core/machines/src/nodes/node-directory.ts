import type { Clock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { NodeState } from "@bedplate/placement";
import type { StateStore, StoredDocument } from "@bedplate/state";
import type { SlotOffer } from "../machine-nodes.ts";
import { isLostRace } from "../machine-store.ts";
import { heldTable } from "../machine-tables.ts";
import { type VolumeTally, volumeUseTable } from "../volumes/volume-tables.ts";
import { beatTable, type NodeRecord, nodeTable } from "./node-record.ts";

interface DirectoryModules {
  readonly state: StateStore;
  readonly clock: Clock;
}

/** How many nodes there may be. */
export const nodesMax = 1_000;
const attemptsMax = 16;

/** A node with what is known of it at this moment. */
export interface NodeSight extends NodeRecord {
  /** When it said last that it lives, by its own clock. */
  readonly beatAt: number;
  readonly machines: number;
}

/** The nodes on record, and what operators may do with them. */
export class NodeDirectory {
  readonly #modules: DirectoryModules;
  #known: readonly NodeRecord[] = [];
  #volumes: ReadonlyMap<string, VolumeTally> = new Map();

  constructor(modules: DirectoryModules) {
    this.#modules = modules;
  }

  /** Reads all nodes; what is asked without waiting is answered from here. */
  async refresh(): Promise<readonly NodeRecord[]> {
    const { documents } = await nodeTable.list(this.#modules.state, { limit: nodesMax });
    this.#known = documents.map(({ document }) => document);
    const uses = await volumeUseTable.list(this.#modules.state, { limit: nodesMax });
    this.#volumes = new Map(uses.documents.map(({ id, document }) => [id, document]));
    return this.#known;
  }

  /** The nodes as they were read last. */
  get known(): readonly NodeRecord[] {
    return this.#known;
  }

  /** MiB that a node's volumes may take of its disk, as it was read last. */
  volumeMiBOf(name: string): number {
    return Math.ceil((this.#volumes.get(name)?.bytes ?? 0) / 2 ** 20);
  }

  /** What machines of a slot can do on the nodes that are not lost. */
  offer(slot: string): SlotOffer | undefined {
    const living = this.#known.filter(({ state }) => state !== "lost");
    return living.flatMap(({ offers }) => offers).find((each) => each.slot === slot);
  }

  /** Where a node is reached; undefined while nobody knows. */
  async urlOf(name: string): Promise<string | undefined> {
    const known = this.#known.find((each) => each.name === name);
    if (known?.url !== undefined) return known.url;
    return (await nodeTable.get(this.#modules.state, name))?.document.url;
  }

  async get(name: string): Promise<NodeSight> {
    return this.#sight((await this.#stored(name)).document);
  }

  /** All nodes, by name. */
  async list(): Promise<readonly NodeSight[]> {
    return Promise.all((await this.refresh()).map((each) => this.#sight(each)));
  }

  /** No new machines; those that it has are moved, or stay until they end. */
  drain(name: string, { moves }: { readonly moves: boolean }): Promise<NodeSight> {
    return this.#change(name, (node) =>
      node.state === "lost" ? node : { ...this.#as(node, "draining"), moves },
    );
  }

  /** It takes machines again. */
  undrain(name: string): Promise<NodeSight> {
    return this.#change(name, (node) => (node.state === "lost" ? node : this.#as(node, "ready")));
  }

  #as(node: NodeRecord, state: NodeState): NodeRecord {
    if (node.state === state) return node;
    return { ...node, state, stateAt: this.#modules.clock.now() };
  }

  async #change(name: string, next: (node: NodeRecord) => NodeRecord): Promise<NodeSight> {
    for (let attempt = 1; ; attempt++) {
      const stored = await this.#stored(name);
      const node = next(stored.document);
      if (node === stored.document) return this.#sight(node);
      try {
        await this.#modules.state.commit({
          checks: [nodeTable.at(stored)],
          ops: [nodeTable.put(name, node)],
        });
        // Whoever places machines in this process hears of it at once.
        await this.refresh();
        return await this.#sight(node);
      } catch (error) {
        if (!isLostRace(error) || attempt >= attemptsMax) throw error;
      }
    }
  }

  async #sight(node: NodeRecord): Promise<NodeSight> {
    const { state } = this.#modules;
    const beat = await beatTable.get(state, node.name);
    let machines = 0;
    for await (const _held of state.listAll({ prefix: heldTable.key(`${node.name}/`) })) machines++;
    return { ...node, beatAt: beat?.document.at ?? node.registeredAt, machines };
  }

  async #stored(name: string): Promise<StoredDocument<NodeRecord>> {
    const stored = await nodeTable.get(this.#modules.state, name);
    if (stored !== null) return stored;
    throw raise("resource.missing", {
      op: "nodes.get",
      subject: `node/${name}`,
      detail: { type: "node", id: name },
      message: `Cannot find node/${name}: no node of this name has registered`,
    });
  }
}
