import { type Amounts, type Capacity, dominantShare, nothing, plus, together } from "./amounts.ts";
import type { PlacementNode } from "./placement-node.ts";

/** How much each project has of all nodes, weighted. */
export class Shares {
  readonly #used = new Map<string, Amounts>();
  readonly #capacity: Capacity;
  readonly #weightOf: (project: string) => number;

  constructor(nodes: readonly PlacementNode[], weightOf: (project: string) => number) {
    this.#weightOf = weightOf;
    this.#capacity = together(nodes.map(({ capacity }) => capacity));
    for (const { used } of nodes) {
      for (const [project, amounts] of used) this.add(project, amounts);
    }
  }

  add(project: string, amounts: Amounts): void {
    this.#used.set(project, plus(this.#used.get(project) ?? nothing, amounts));
  }

  /** Its dominant share by its weight: who has less comes first. */
  of(project: string): number {
    const used = this.#used.get(project) ?? nothing;
    return dominantShare(used, this.#capacity) / this.#weightOf(project);
  }

  /** What decides where no resource is counted at all. */
  machinesOf(project: string): number {
    return (this.#used.get(project) ?? nothing).machines / this.#weightOf(project);
  }
}
