import type { Manifest } from "@bedplate/environment";
import type { StateFence } from "@bedplate/state";
import type { Machine } from "./machine.ts";
import type { HeldMachine } from "./machine-access.ts";

/** What may be known of a slot's environment without asking it. */
export type SlotOffer = Pick<Manifest, "declares" | "instanceSchema">;

/** A node for a machine, and the right by which it was chosen. */
export interface Placing {
  readonly node: string;
  readonly fence?: StateFence | undefined;
}

/** The nodes, as the service sees them. */
export interface MachineNodes {
  /** What machines of a slot can do; undefined where no node that is known has the slot. */
  offer(slot: string): SlotOffer | undefined;
  /** The node for a machine that has none; undefined: it waits until somebody places it. */
  place(machine: Machine): Placing | undefined;
  /** A machine that was placed was not written down. */
  forget?(machine: Machine): void;
  /** The machine on its node; undefined while the node does not hold it. */
  find(
    machine: Machine,
    options: { readonly signal: AbortSignal },
  ): Promise<HeldMachine | undefined>;
}
