import {
  type Amounts,
  nothing,
  type PlacementNode,
  type PlacementRequest,
  plus,
} from "@bedplate/placement";
import type { Machine } from "../machine.ts";
import { waitsForNode } from "../placed.ts";
import { type StandardSize, sizeOf } from "./machine-size.ts";
import type { NodeRecord } from "./node-record.ts";

/** What whoever places machines knows of them: those that have a node, and those that wait. */
export class ClusterView {
  readonly #machines = new Map<string, Machine>();
  /** Nodes that were chosen for machines that wait, until that is written down or given up. */
  readonly #reserved = new Map<string, string>();
  readonly #size: StandardSize;

  constructor(size: StandardSize) {
    this.#size = size;
  }

  /** Takes up a form of a record; an earlier one changes nothing. */
  note(machine: Machine): void {
    const { id, edition, observed, node } = machine;
    const known = this.#machines.get(id);
    if (known !== undefined && known.edition >= edition) return;
    const isOver = observed.state === "deleted";
    const isHere = node !== undefined || waitsForNode(machine) || hasEnd(machine);
    if (isOver || !isHere) this.#machines.delete(id);
    else this.#machines.set(id, machine);
  }

  /** What was not written down after all. */
  forget(id: string): void {
    this.#machines.delete(id);
  }

  clear(): void {
    this.#machines.clear();
  }

  /** The machine takes room there, and waits no more, until the answer is disposed of. */
  reserve(id: string, node: string): Disposable {
    this.#reserved.set(id, node);
    return { [Symbol.dispose]: () => void this.#reserved.delete(id) };
  }

  heldBy(node: string): readonly Machine[] {
    return [...this.#machines.values()].filter((each) => each.node === node);
  }

  /** Machines without a node whose time is over: no node ends them. */
  overdue(now: number): readonly Machine[] {
    return [...this.#machines.values()].filter(
      ({ node, lifetime }) => node === undefined && (lifetime.expiresAt ?? Infinity) <= now,
    );
  }

  requests(): readonly PlacementRequest[] {
    return [...this.#machines.values()]
      .filter((each) => waitsForNode(each) && !this.#reserved.has(each.id))
      .map((each) => this.requestOf(each));
  }

  get(id: string): Machine | undefined {
    return this.#machines.get(id);
  }

  requestOf(machine: Machine): PlacementRequest {
    const { id, project, slot, caps, priority, lastNode, home } = machine;
    const { nodeLabels: labels = {}, waitsSince: since = machine.createdAt } = machine;
    const size = sizeOf(caps, this.#size);
    const prefers = lastNode === undefined ? {} : { prefers: lastNode };
    const bound = home === undefined ? {} : { home };
    return { id, project, slot, size, labels, priority, since, ...prefers, ...bound };
  }

  /** The nodes with what is used of them; volumes are nobody's machines, and take of the disk. */
  nodes(
    records: readonly NodeRecord[],
    volumeMiBOf: (node: string) => number = () => 0,
  ): readonly PlacementNode[] {
    const volumes = (node: string) => ({ ...nothing, diskMiB: volumeMiBOf(node) });
    const used = new Map(
      records.map(({ name }) => [name, new Map<string, Amounts>([["", volumes(name)]])]),
    );
    for (const { id, node, project, caps } of this.#machines.values()) {
      const ofNode = used.get(node ?? this.#reserved.get(id) ?? "");
      ofNode?.set(project, plus(ofNode.get(project) ?? nothing, sizeOf(caps, this.#size)));
    }
    return records.map(({ name, state, labels, capacity, offers }) => ({
      ...{ name, state, labels, capacity },
      slots: offers.map(({ slot }) => slot),
      used: used.get(name) ?? new Map(),
    }));
  }
}

function hasEnd({ node, lifetime }: Machine): boolean {
  return node === undefined && lifetime.expiresAt !== undefined;
}
