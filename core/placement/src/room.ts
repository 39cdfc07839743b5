import { type Amounts, lacking, nothing, plus } from "./amounts.ts";
import type { PlacementNode } from "./placement-node.ts";
import type { PlacementRequest } from "./placement-request.ts";

/** One node in the course of a round: what is placed on it, and what is kept, counts at once. */
export class Room {
  readonly node: PlacementNode;
  #used: Amounts;
  #kept: Amounts = nothing;

  constructor(node: PlacementNode) {
    this.node = node;
    this.#used = [...node.used.values()].reduce(plus, nothing);
  }

  /** What its machines take. */
  get used(): Amounts {
    return this.#used;
  }

  /** Whether something is kept here already. */
  get hasKept(): boolean {
    return this.#kept.machines > 0;
  }

  /** Whether a request may be here at all, were the node empty. */
  suits({ labels }: Pick<PlacementRequest, "labels">): boolean {
    return Object.entries(labels).every(([name, value]) => this.node.labels[name] === value);
  }

  /** What is lacking where nothing else were here. */
  lackingWhenEmpty(size: Amounts): keyof Amounts | undefined {
    return lacking(this.node.capacity, { used: nothing, size });
  }

  /** What is lacking now, without what is kept for others. */
  lackingNow(size: Amounts): keyof Amounts | undefined {
    return lacking(this.node.capacity, { used: this.#used, size });
  }

  /** Whether what is free is kept for somebody else. */
  isKept(size: Amounts): boolean {
    return lacking(this.node.capacity, { used: plus(this.#used, this.#kept), size }) !== undefined;
  }

  take(size: Amounts): void {
    this.#used = plus(this.#used, size);
  }

  keep(size: Amounts): void {
    this.#kept = plus(this.#kept, size);
  }
}
