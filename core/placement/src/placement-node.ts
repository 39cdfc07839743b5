import type { Amounts, Capacity } from "./amounts.ts";

/**
 * `ready` takes machines; `draining` takes none and gives up those that it has; `drained` has given
 * them up; `lost` has not been heard of for too long.
 */
export type NodeState = "ready" | "draining" | "drained" | "lost";

/** A node, as far as placement has to know it. */
export interface PlacementNode {
  readonly name: string;
  readonly state: NodeState;
  readonly labels: Readonly<Record<string, string>>;
  /** The slots of machines that it has. */
  readonly slots: readonly string[];
  readonly capacity: Capacity;
  /** What its machines take already, by project. */
  readonly used: ReadonlyMap<string, Amounts>;
}
