import type { Clock } from "@bedplate/clock";
import type { NodeState } from "@bedplate/placement";
import type { StateFence } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { Machine } from "../machine.ts";
import type { MachineSnapshot } from "../machine-snapshot.ts";
import { isLostRace, type MachineChange, type MachineStore } from "../machine-store.ts";
import { snapshotTable } from "../machine-tables.ts";
import type { ClusterView } from "./cluster-view.ts";
import { lostMachine } from "./lost-machine.ts";
import { nodesMax } from "./node-directory.ts";
import { beatTable, type NodeRecord, nodeTable } from "./node-record.ts";

interface WatchModules {
  readonly store: MachineStore;
  readonly lease: { readonly fence: StateFence | undefined };
  readonly clock: Clock;
  readonly log: Log;
}

/** Changes a machine under the right to place. */
export type Change = (
  ref: Pick<Machine, "project" | "id">,
  next: (machine: Machine) => MachineChange | undefined,
) => Promise<void>;

/** How many of a project's snapshots are looked at for the last one of a machine. */
const snapshotsMax = 1_000;
/** In milliseconds. */
const blindMsMax = 5_000;

/** Judges which nodes are lost and which have drained, and gives up the machines of those that are lost. */
export class NodeWatch {
  readonly #modules: WatchModules;
  readonly #lostMs: number;
  /** Longer than this without a word from the state, and the nodes had no way to say that they live. */
  readonly #blindMs: number;
  /** When each node's count was seen to go on: by the clock of this process alone. */
  readonly #seen = new Map<string, { readonly beats: number; readonly atMs: number }>();
  /** When the state last answered. */
  #answeredMs: number | undefined;

  constructor(modules: WatchModules, { lostMs }: { readonly lostMs: number }) {
    this.#modules = modules;
    this.#lostMs = lostMs;
    this.#blindMs = Math.min(lostMs / 2, blindMsMax);
  }

  /** The state answered: who works on it for long between two looks has not been cut off from it. */
  noteAnswer(): void {
    this.#answeredMs = this.#modules.clock.monotonic();
  }

  /** True where a node is in another state than before. */
  async look(view: ClusterView, change: Change): Promise<boolean> {
    let isNews = false;
    const { state } = this.#modules.store;
    const { documents } = await nodeTable.list(state, { limit: nodesMax });
    const silent = await this.#silent();
    for (const { document: node } of documents) {
      const held = view.heldBy(node.name);
      const isSilent = silent.has(node.name);
      if (node.state === "lost") await this.#giveUp(node, held, change);
      else if (isSilent && (await this.#become(node, "lost"))) {
        isNews = true;
        this.#modules.log.warn("node lost", { node: node.name, machines: held.length });
        await this.#giveUp(node, held, change);
      } else if (node.state === "draining" && held.length === 0) {
        isNews = (await this.#become(node, "drained")) || isNews;
      } else if (node.state === "drained" && held.length > 0) {
        // One was placed by a replica that had not heard of the drain.
        isNews = (await this.#become(node, "draining")) || isNews;
      }
    }
    return isNews;
  }

  /** Nodes whose count has stood still for too long, while the state could be reached. */
  async #silent(): Promise<ReadonlySet<string>> {
    const { clock, store } = this.#modules;
    const { documents } = await beatTable.list(store.state, { limit: nodesMax });
    const nowMs = clock.monotonic();
    const isBlind = nowMs - (this.#answeredMs ?? nowMs) > this.#blindMs;
    if (isBlind) this.#seen.clear();
    this.#answeredMs = nowMs;
    const silent = documents.filter(({ id, document: { beats } }) => {
      const seen = this.#seen.get(id);
      if (seen === undefined || seen.beats !== beats) this.#seen.set(id, { beats, atMs: nowMs });
      return seen !== undefined && seen.beats === beats && nowMs - seen.atMs > this.#lostMs;
    });
    return new Set(silent.map(({ id }) => id));
  }

  /** Comes after the node itself was called lost: whatever dies in between, the next look goes on. */
  async #giveUp(node: NodeRecord, held: readonly Machine[], change: Change): Promise<void> {
    for (const machine of held) {
      const snapshot = await this.#lastSnapshot(machine);
      const now = this.#modules.clock.now();
      await change(machine, (each) =>
        each.node === node.name && each.epoch === machine.epoch
          ? lostMachine(each, { now, snapshot })
          : undefined,
      );
    }
  }

  async #become(node: NodeRecord, next: NodeState): Promise<boolean> {
    const { clock, lease, store } = this.#modules;
    const stored = await nodeTable.get(store.state, node.name);
    const { fence } = lease;
    if (stored === null || stored.document.state !== node.state || fence === undefined)
      return false;
    const record = { ...stored.document, state: next, stateAt: clock.now() };
    try {
      const ops = [nodeTable.put(node.name, record)];
      await store.state.commit({ checks: [nodeTable.at(stored)], ops, fence });
      return true;
    } catch (error) {
      // It registered again, or an operator changed it: the next look sees.
      if (isLostRace(error)) return false;
      throw error;
    }
  }

  async #lastSnapshot({ project, id }: Machine): Promise<MachineSnapshot | undefined> {
    const { state } = this.#modules.store;
    const range = { prefix: `${project}/`, reverse: true, limit: snapshotsMax };
    const { documents } = await snapshotTable.list(state, range);
    return documents.find(({ document }) => document.machine === id)?.document;
  }
}
